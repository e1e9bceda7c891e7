import { z } from 'zod'
import { BackendFailure, Cancelled, Faulted, Malformed, Refused, TimedOut, Unreachable } from '../errors.ts'

/**
 * What the server says with an ERR packet, or the driver of itself. The message is not kept: it quotes what was asked.
 * https://mariadb.com/kb/en/mariadb-error-code-reference/
 */
const fromServer = z.object({ errno: z.int().min(1000), sqlState: z.string() })
const fromDriver = z.object({ code: z.string() })

type Kind = new (backend: string, message: string, opt?: { readonly cause?: unknown }) => BackendFailure

const numbers: readonly (readonly [Kind, readonly number[]])[] = [
  // Disk full, storage engine, crashed tables, out of memory; too many connections, of all or of this account; going down; host blocked after many
  // errors; lock wait and deadlock; interrupted by its administrator; too many prepared statements; not part of its cluster.
  [Faulted, [1021, 1026, 1030, 1034, 1035, 1037, 1038, 1040, 1041, 1047, 1053, 1114, 1129, 1194, 1195, 1203, 1205, 1206, 1213, 1226, 1317, 1461]],
  // Its network failed it, or an administrator ended the connection (MariaDB; MySQL after idling).
  [Unreachable, [1152, 1158, 1159, 1160, 1161, 1184, 1927, 4031]],
  // max_statement_time (MariaDB), max_execution_time (MySQL).
  [TimedOut, [1969, 3024]],
  // Accounts and rights; a statement larger than it takes; a write, which the session does not allow.
  [Refused, [1044, 1045, 1130, 1131, 1132, 1142, 1143, 1153, 1227, 1251, 1290, 1370, 1698, 1792, 1820, 1862, 3118, 4151]],
]

const kinds: ReadonlyMap<number, Kind> = new Map(numbers.flatMap(([kind, codes]) => codes.map((code) => [code, kind] as const)))

/** By class of SQLSTATE (ISO 9075-2, 24.1). A database, a table or a column that is not there is a schema that can't be read. */
const classes: ReadonlyMap<string, Kind> = new Map<string, Kind>([['08', Unreachable], ['22', Refused], ['28', Refused], ['42', Malformed]])

/** What a driver's error is in our words. `Malformed` too where the driver could not make sense of what it was sent. */
export const mysqlFailure = (backend: string, error: unknown): BackendFailure | Cancelled => {
  if (error instanceof BackendFailure || error instanceof Cancelled) return error
  const said = fromServer.safeParse(error).data
  if (said) {
    const kind = kinds.get(said.errno) ?? classes.get(said.sqlState.slice(0, 2)) ?? Faulted
    return new kind(backend, `error ${said.errno} (${said.sqlState})`, { cause: error })
  }
  const code = fromDriver.safeParse(error).data?.code
  if (code === 'AUTH_SWITCH_PLUGIN_ERROR') return new Refused(backend, 'a way of logging in that is not spoken here', { cause: error })
  const isMisread = error instanceof RangeError || error instanceof TypeError || code === 'PROTOCOL_ERROR'
  if (isMisread) return new Malformed(backend, 'an answer that can\'t be read', { cause: error })
  return new Unreachable(backend, code ?? 'the connection failed', { cause: error })
}
