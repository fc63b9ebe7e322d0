import * as z from 'zod';

/*
 * How a node's BMC is reached: the same in the agent's configuration and in the coordinator's. `socket` and `host` may hold
 * {node}, replaced by the node's name. A password never stands in the file: only where it is found.
 */

const timeoutMs = (byDefault: number) => z.int().min(10).max(60_000).default(byDefault);
const program = z.string().startsWith('/').max(200).describe('an absolute path').optional();
const host = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9{][A-Za-z0-9.:{}-]*$/)
  .describe('a host name or address; it may hold {node}');
const port = (byDefault: number) => z.int().min(1).max(65_535).default(byDefault);
/** Where the password is found: read anew each time, so that it can be changed without a restart. */
const password = {
  passwordEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/)
    .describe('the name of an environment variable')
    .optional(),
  passwordFile: z.string().startsWith('/').max(500).describe('an absolute path').optional(),
};
interface PasswordPlace {
  readonly passwordEnv?: string | undefined;
  readonly passwordFile?: string | undefined;
}
const isInOnePlace = (bmc: PasswordPlace) => (bmc.passwordEnv === undefined) !== (bmc.passwordFile === undefined);
const ONE_PLACE = {
  path: ['passwordFile'],
  message:
    'given where passwordEnv is not, and left out where it is: exactly one of the two says where the password is',
};

const Mock = z.strictObject({
  kind: z.literal('mock'),
  socket: z.string().min(1).max(200),
  timeoutMs: timeoutMs(2000),
});

/** In the machine itself, through the kernel's driver (/dev/ipmi0): no network, no password. */
const IpmiInBand = z.strictObject({
  kind: z.literal('ipmi'),
  transport: z.literal('open'),
  device: z.int().min(0).max(9).default(0), // N of /dev/ipmiN
  program,
  timeoutMs: timeoutMs(5000),
});

const IpmiOverNetwork = z
  .strictObject({
    kind: z.literal('ipmi'),
    transport: z.literal('lanplus'),
    host,
    port: port(623),
    user: z
      .string()
      .regex(/^[\x21-\x7e]{1,16}$/)
      .describe('1 to 16 printable characters without blanks, as IPMI allows'),
    ...password,
    // 3: SHA-1, what older BMCs have; 17: SHA-256. Left to itself ipmitool spends 10 s on finding out.
    cipherSuite: z
      .union([z.literal(3), z.literal(17)])
      .describe('3 or 17')
      .default(17),
    privilege: z.enum(['user', 'operator', 'administrator']).default('operator'),
    program,
    timeoutMs: timeoutMs(5000),
  })
  .refine(isInOnePlace, ONE_PLACE);

/** Over HTTPS. Without one of the three that say otherwise, the certificate must be one that the system trusts. */
const Redfish = z
  .strictObject({
    kind: z.literal('redfish'),
    host,
    port: port(443),
    user: z
      .string()
      .regex(/^[\x21-\x7e]{1,64}$/)
      .describe('1 to 64 printable characters without blanks'),
    ...password,
    caFile: z.string().startsWith('/').max(500).describe('an absolute path').optional(),
    fingerprint: z
      .string()
      .regex(/^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/)
      .describe("the SHA-256 fingerprint of the BMC's certificate: 64 hexadecimal digits")
      .optional(),
    insecure: z.boolean().default(false),
    system: z
      .string()
      .regex(/^[A-Za-z0-9._:-]{1,128}$/)
      .describe('the id of one of its systems')
      .optional(),
    timeoutMs: timeoutMs(10_000),
  })
  .refine(isInOnePlace, ONE_PLACE)
  .refine((bmc) => [bmc.caFile !== undefined, bmc.fingerprint !== undefined, bmc.insecure].filter(Boolean).length < 2, {
    path: ['fingerprint'],
    message: 'the only one of caFile, fingerprint and insecure: they are three ways to trust a certificate',
  });

/** An agent's own BMC. */
export const BmcConfig = z.discriminatedUnion('kind', [
  Mock,
  z.discriminatedUnion('transport', [IpmiInBand, IpmiOverNetwork]),
  Redfish,
]);
/** A node's BMC as the coordinator reaches it: in-band it would switch off the coordinator's own machine. */
export const RemoteBmcConfig = z.discriminatedUnion('kind', [Mock, IpmiOverNetwork, Redfish]);
export type BmcConfig = z.infer<typeof BmcConfig>;
export type RemoteBmcConfig = z.infer<typeof RemoteBmcConfig>;
export type IpmiConfig = Extract<BmcConfig, { kind: 'ipmi' }>;
export type RedfishConfig = z.infer<typeof Redfish>;

/** Reached in the machine itself, or its address is the server's own: what it says of itself needs no proof. */
export function isOwnBmc(config: BmcConfig): boolean {
  return config.kind === 'mock' || (config.kind === 'ipmi' && config.transport === 'open');
}
