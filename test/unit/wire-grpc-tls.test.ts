import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { ServerCredentials } from '@grpc/grpc-js'
import { Unreachable } from '../../fuse/errors.ts'
import { openGrpcWire } from '../../fuse/wires/grpc.ts'
import { startGrpcServer, words, wordsProto } from '../kit/grpc-server.ts'
import { patient, settingsOf } from '../kit/wire-server.ts'

const run = promisify(execFile)
const wordService = { proto: wordsProto, service: 'words.v1.WordService', methods: ['Say'] } as const

describe('a call over gRPC and TLS', () => {
  /** A certificate of 127.0.0.1's own, which nobody else trusts. */
  const selfSigned = async (folder: string): Promise<{ readonly key: Buffer; readonly certificate: Buffer; readonly path: string }> => {
    const [key, path] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-days', '1']
    await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', path, ...subject])
    return { key: await readFile(key), certificate: await readFile(path), path }
  }
  const hasOpenssl = spawnSync('openssl', ['version']).status === 0
  const skip = hasOpenssl || process.env['CI'] === 'true' ? false : 'needs openssl'

  it('is made where Node trusts the certificate, and is Unreachable where it does not', { skip, timeout: 20_000 }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'fuseboard-tls-'))
    t.after(() => rm(folder, { recursive: true }))
    const { key, certificate, path } = await selfSigned(folder)
    const secured = ServerCredentials.createSsl(null, [{ private_key: key, cert_chain: certificate }])
    await using server = await startGrpcServer(({ request }, respond) => respond(null, words(request)), { credentials: secured })
    const url = `grpcs://localhost:${server.port}`
    await using wire = openGrpcWire(settingsOf(url), wordService)
    await assert.rejects(wire.call('Say', {}, { signal: patient() }), (error: unknown) => error instanceof Unreachable && /self-signed certificate/.test(error.message))
    assert.equal(server.heard.length, 0)
    // Node reads this variable as it starts, so it takes another process.
    const script = `
      import { openGrpcWire } from ${JSON.stringify(new URL('../../fuse/wires/grpc.ts', import.meta.url).href)}
      const service = { ...${JSON.stringify(wordService)}, proto: new URL(${JSON.stringify(wordsProto.href)}) }
      const wire = openGrpcWire(${JSON.stringify(settingsOf(url))}, service)
      console.log((await wire.call('Say', { text: 'secret' }, { signal: AbortSignal.timeout(10_000) })).text)
      await wire[Symbol.asyncDispose]()`
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { env: { ...process.env, NODE_EXTRA_CA_CERTS: path } })
    assert.equal(stdout, 'secret\n')
  })
})
