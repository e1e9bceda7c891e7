import type { Logger } from 'pino'
import type { Tracer } from '../fuse/span.ts'
import type { Config } from './config.ts'

/** Disposing it sends what is left, within a few seconds. */
export type Tracing = Tracer & AsyncDisposable

export type TracingOptions = { readonly config: Pick<Config, 'tracing' | 'instance'>; readonly log: Logger }

/** Null where no `tracing.endpoint` is configured; nothing of OpenTelemetry's SDK is loaded then. */
export const openTracing = async ({ config, log }: TracingOptions): Promise<Tracing | null> => {
  const { endpoint, serviceName, sampleRatio } = config.tracing
  if (endpoint === undefined) return null
  const { openOtlp } = await import('./tracing-otlp.ts')
  return openOtlp({ endpoint, serviceName, sampleRatio, instance: config.instance, log })
}
