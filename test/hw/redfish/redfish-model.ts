/*
 * The resources of a simulated Redfish service, as DMTF's schemas have them: one system in one chassis. Tests change the
 * values in place.
 */

export const WELL = { State: 'Enabled', Health: 'OK' };
export const ABSENT = { State: 'Absent', Health: null };

export type Json = Record<string, unknown>;

export interface RedfishModel {
  readonly system: Json & { PowerState: unknown };
  readonly chassis: Json;
  readonly thermal: { Temperatures: Json[]; Fans: Json[]; Redundancy: Json[] };
  /** Its hardware log, in the order in which it gives it. */
  readonly log: Json[];
  readonly power: { PowerControl: Json[]; Voltages: Json[]; PowerSupplies: Json[]; Redundancy: Json[] };
}

const temperature = (name: string, value: number | null, limits: Json = {}) => ({
  Name: name,
  ReadingCelsius: value,
  Status: value === null ? ABSENT : { ...WELL },
  ...limits,
});
const fan = (name: string, value: number) => ({
  Name: name,
  Reading: value,
  ReadingUnits: 'RPM',
  LowerThresholdCritical: 480,
  LowerThresholdNonCritical: 720,
  Status: { ...WELL },
});
const supply = (name: string) => ({
  Name: name,
  LineInputStatus: 'Normal',
  PowerOutputWatts: 170,
  Status: { ...WELL },
});

export function redfishModel(serial: string, uuid: string): RedfishModel {
  return {
    system: {
      Id: '1',
      Name: 'System',
      Manufacturer: 'ACME',
      Model: 'Edge 2U',
      SerialNumber: serial,
      UUID: uuid,
      BiosVersion: '1.0',
      AssetTag: '',
      PowerState: 'On',
      Status: { ...WELL },
      ProcessorSummary: { Count: 2, Status: { ...WELL } },
      MemorySummary: { TotalSystemMemoryGiB: 64, Status: { ...WELL } },
      Links: { Chassis: [{ '@odata.id': '/redfish/v1/Chassis/1U' }] },
      LogServices: { '@odata.id': '/redfish/v1/Systems/1/LogServices' },
      Actions: {
        '#ComputerSystem.Reset': {
          target: '/redfish/v1/Systems/1/Actions/ComputerSystem.Reset',
          'ResetType@Redfish.AllowableValues': ['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart'],
        },
      },
    },
    log: [],
    chassis: {
      Id: '1U',
      PhysicalSecurity: { IntrusionSensor: 'Normal' },
      Thermal: { '@odata.id': '/redfish/v1/Chassis/1U/Thermal' },
      Power: { '@odata.id': '/redfish/v1/Chassis/1U/Power' },
    },
    thermal: {
      Temperatures: [
        temperature('CPU1 Temp', 47, { UpperThresholdNonCritical: 85, UpperThresholdCritical: 95 }),
        temperature('Inlet Temp', 23.5, { UpperThresholdCritical: 42, LowerThresholdCritical: 0 }),
        temperature('GPU1 Temp', null, { UpperThresholdCritical: 85 }),
        temperature('DIMM', 38),
        temperature('DIMM', 39),
      ],
      Fans: [fan('FAN1', 7200), fan('FAN2', 7140)],
      Redundancy: [{ Name: 'Fan Redundancy', Status: { ...WELL } }],
    },
    power: {
      PowerControl: [{ Name: 'System Power Control', PowerConsumedWatts: 344 }],
      Voltages: [
        {
          Name: '12V',
          ReadingVolts: 12.05,
          UpperThresholdCritical: 13.2,
          LowerThresholdCritical: 10.8,
          Status: { ...WELL },
        },
      ],
      PowerSupplies: [supply('PSU1'), supply('PSU2')],
      Redundancy: [{ Name: 'PS Redundancy', Status: { ...WELL } }],
    },
  };
}
