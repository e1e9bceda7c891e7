import childProcess from 'node:child_process'
import dgram from 'node:dgram'
import dns from 'node:dns'
import { appendFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

/*
 * For `node --import`: writes down every way out of the process that is taken, a JSON line each, into the file that
 * RECORD_CONNECTIONS names. TLS, HTTP, HTTP/2 and undici all connect through `net.Socket`.
 */

const file = process.env['RECORD_CONNECTIONS'] ?? ''
const record = (kind: string, target: unknown) => appendFileSync(file, `${JSON.stringify({ kind, target })}\n`)

/** Records each call of a function before it is made. */
const watch = (owner: object, name: string, kind: string, targetOf: (args: readonly unknown[]) => unknown): void => {
  const original: unknown = Reflect.get(owner, name)
  if (typeof original !== 'function') throw new Error(`there is no ${name} to watch`)
  Reflect.set(owner, name, function (this: unknown, ...args: unknown[]): unknown {
    record(kind, targetOf(args))
    const result: unknown = Reflect.apply(original, this, args)
    return result
  })
}

/** `connect` takes options, or a port and a host, and passes itself the list of them. */
const connectTarget = ([first, second]: readonly unknown[]): unknown => {
  if (Array.isArray(first)) return connectTarget(first)
  if (typeof first !== 'object' || first === null) return { port: first, host: typeof second === 'string' ? second : '127.0.0.1' }
  return { host: 'host' in first ? first.host : '127.0.0.1', ...('port' in first ? { port: Number(first.port) } : {}), ...('path' in first ? { path: first.path } : {}) }
}

watch(net.Socket.prototype, 'connect', 'connect', connectTarget)
watch(dgram.Socket.prototype, 'send', 'udp', ([message]) => String(message).slice(0, 80))
watch(childProcess.ChildProcess.prototype, 'spawn', 'spawn', ([options]) => options)
for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveSrv', 'resolveTxt', 'reverse'] as const) {
  watch(dns, name, 'dns', ([host]) => host)
  if (name !== 'lookup') watch(dns.Resolver.prototype, name, 'dns', ([host]) => host)
  watch(dns.promises, name, 'dns', ([host]) => host)
}
syncBuiltinESMExports()
