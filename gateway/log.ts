import pino from 'pino'
import type { Logger } from 'pino'
import { BackendFailure } from '../fuse/errors.ts'
import type { Config } from './config.ts'

/** Where a secret could stand in what is logged. */
const secretPaths = ['authorization', 'token', 'secret', 'password', 'headers', '*.authorization', '*.token', '*.secret', '*.password', '*.headers']

/** As much of a backend's own words as an operator needs, and no body, header or argument of a call. */
const describeFailure = (error: BackendFailure): Record<string, unknown> => ({
  type: error.name,
  code: error.code,
  backend: error.backend,
  message: error.message.slice(0, 300),
  ...(error.cause instanceof Error ? { cause: `${error.cause.name}: ${error.cause.message}`.slice(0, 300) } : {}),
})

/** JSON lines on standard error, so that standard output stays what a person reads. */
export const openLog = ({ logLevel, instance }: Pick<Config, 'logLevel' | 'instance'>): Logger =>
  pino(
    {
      level: logLevel,
      base: { instance },
      redact: { paths: secretPaths, censor: '[redacted]' },
      serializers: { err: (error: Error) => (error instanceof BackendFailure ? describeFailure(error) : pino.stdSerializers.err(error)) },
    },
    pino.destination({ dest: 2, sync: false }),
  )
