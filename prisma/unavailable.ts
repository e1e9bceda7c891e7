import { isDriverAdapterError } from '@prisma/driver-adapter-utils'

/** The database can't be used now: it is not reachable, restarts, is taken by another process, or holds what this version does not know. */
export class DatabaseUnavailable extends Error {
  override readonly name: string = 'DatabaseUnavailable'
}

/** The database is there, and is not one that this version may write to. Trying again does not help; an operator does. */
export class DatabaseMismatch extends DatabaseUnavailable {
  override readonly name = 'DatabaseMismatch'
}

/** Prisma's words for a connection that was not made, or was lost. */
const kinds: ReadonlySet<string> = new Set([
  'DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TlsConnectionError', 'TooManyConnections', 'DatabaseDoesNotExist', 'DatabaseAccessDenied', 'AuthenticationFailed',
])

/** Of the operating system, as Node.js names them. */
const systemCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'ENOTFOUND', 'EAI_AGAIN', 'ENOENT', 'EACCES',
])

/** `pg` has no codes for what it says itself; these are its words. */
const driverWords = /^(?:Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after)/

/**
 * SQLSTATEs (https://www.postgresql.org/docs/current/errcodes-appendix.html): connection exceptions, too many connections, shutting down or starting
 * up, and a server that only reads, as one does that another took over from.
 */
const sqlStates = /^(?:08...|53300|57P0[1-5]|25006)$/

const codeOf = (error: Error): string | null => ('code' in error && typeof error.code === 'string' ? error.code : null)

/** Whether a failure of the driver says that the database can't be used now. Anything else is the query's own fault. */
const isUnavailable = (error: unknown): error is Error => {
  if (isDriverAdapterError(error)) return kinds.has(error.cause.kind) || sqlStates.test(error.cause.originalCode ?? '')
  if (!(error instanceof Error)) return false
  const code = codeOf(error)
  return driverWords.test(error.message) || (code !== null && (systemCodes.has(code) || sqlStates.test(code)))
}

/** What a driver's failure is told as: `DatabaseUnavailable` where the database can't be used now, else as it is. */
export const translateFailure = (error: unknown): unknown => {
  if (error instanceof DatabaseUnavailable || !isUnavailable(error)) return error
  return new DatabaseUnavailable(`the database can't be used now: ${describeFailure(error)}`, { cause: error })
}

/** A driver's failure in a few words, without addresses of a database and what stands in them. */
export const describeFailure = (error: unknown): string => {
  if (isDriverAdapterError(error)) return error.cause.originalMessage ?? error.cause.kind
  if (!(error instanceof Error)) return 'it fails without a reason'
  return error.message || (codeOf(error) ?? error.name)
}
