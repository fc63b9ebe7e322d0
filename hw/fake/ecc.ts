import { deviceOfFiles } from './machine.ts';

const MC = 'sys/devices/system/edac/mc/mc0';
/** A memory controller with two DIMMs, one of which has had errors. */
export const fakeEcc = deviceOfFiles(
  {
    [`${MC}/mc_name`]: 'Skylake Socket#0 IMC#0',
    [`${MC}/ce_count`]: 3,
    [`${MC}/ue_count`]: 0,
    [`${MC}/dimm0/dimm_label`]: 'CPU_SrcID#0_MC#0_Chan#0_DIMM#0',
    [`${MC}/dimm0/dimm_ce_count`]: 3,
    [`${MC}/dimm0/dimm_ue_count`]: 0,
    [`${MC}/dimm1/dimm_label`]: 'CPU_SrcID#0_MC#0_Chan#1_DIMM#0',
    [`${MC}/dimm1/dimm_ce_count`]: 0,
    [`${MC}/dimm1/dimm_ue_count`]: 0,
  },
  ['sys/devices/system/edac'],
);
