import { randomInt } from 'node:crypto'

/** Sockets of one address of ours to the hub's: far below the 28,000 ports that there are for a pair. */
const perAddress = 2_000

/**
 * Loopback addresses to connect from, for so many sockets. Fresh ones each run: where sockets of the last one are in TIME_WAIT,
 * looking for a free port takes most of the time.
 */
export const pickAddresses = (sockets: number): readonly string[] =>
  Array.from({ length: Math.ceil(sockets / perAddress) }, () => `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`)
