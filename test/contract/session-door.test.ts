import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { decodeJwt, SignJWT } from 'jose'
import { demoIdentities } from '../../demo/identities.ts'
import { session } from '../../gateway/session.ts'
import { strict } from '../kit/asking.ts'
import { asPage, openGet, startConsoleHub } from '../kit/console.ts'
import type { Got } from '../kit/console.ts'
import { startRunningHub } from '../kit/running-hub.ts'

const { hub, get, host, ...opened } = await startConsoleHub({ identities: demoIdentities, logLevel: 'info' })

after(() => opened[Symbol.asyncDispose]())

const here = { 'sec-fetch-site': 'same-origin' }
const json = { 'content-type': 'application/json' }

const post = (body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Got> => get('/session', { ...here, ...json, ...headers }, { method: 'POST', body: JSON.stringify(body) })

const agentToken = () => hub.token({ role: 'agent', name: 'agent-7', departments: ['tech/backend'] })

type SignedIn = Extract<ReturnType<typeof session.parse>, { state: 'SIGNED_IN' }>

const readSignedIn = ({ status, text }: Got): SignedIn => {
  const read = session.parse(JSON.parse(text))
  assert.deepEqual([status, read.state], [200, 'SIGNED_IN'], text)
  if (read.state === 'SIGNED_OUT') throw new Error('unreachable')
  return read
}

/** The one cookie that an answer sets: its value, and its attributes. */
const cookieOf = ({ headers }: Got) => {
  const [pair = '', ...attributes] = String(headers['set-cookie']).split('; ')
  const [name, value] = pair.split('=')
  return { name, value, pair, attributes: attributes.filter((one) => !one.startsWith('Expires=')).toSorted(), expires: Date.parse(attributes.find((one) => one.startsWith('Expires='))?.slice(8) ?? '') }
}

const isRefused = ({ status, text, headers }: Got, expected: number, code: string) => {
  assert.deepEqual([status, /"code":"([A-Z_]+)"/.exec(text)?.[1]], [expected, code], text)
  assert.equal(headers['set-cookie'], undefined)
}

describe('signing in with a token', () => {
  it('says who it is, until when, and gives the token back to the page', async () => {
    const token = await agentToken()
    const { token: given, expiresAt, caller } = readSignedIn(await post({ token }))
    assert.equal(given, token)
    assert.equal(expiresAt, (decodeJwt(token).exp ?? 0) * 1000)
    assert.deepEqual(caller, { id: 'agent-7', name: 'agent-7', role: 'AGENT', departments: ['tech/backend'] })
  })

  it('keeps it in a cookie that no script reads, that goes to /session alone, and ends with it', async () => {
    const token = await agentToken()
    const answer = await post({ token })
    const { name, value, attributes, expires } = cookieOf(answer)
    assert.deepEqual([name, value, attributes], ['fuseboard_session', token, ['HttpOnly', 'Path=/session', 'SameSite=Strict']])
    assert.equal(expires, (decodeJwt(token).exp ?? 0) * 1000)
    assert.equal(answer.headers['cache-control'], 'no-store')
  })

  it('keeps it for TLS alone where the page came by TLS, though a proxy ended that', async () => {
    const token = await agentToken()
    for (const [origin, secure] of [['https://desk.example', true], [`http://${host}`, false], ['http://https', false]] as const) {
      assert.equal(cookieOf(await post({ token }, { origin })).attributes.includes('Secure'), secure, origin)
    }
  })

  it('is over for a page once it is signed out', async () => {
    const { pair } = cookieOf(await post({ token: await agentToken() }))
    const left = await get('/session', { ...here, cookie: pair }, { method: 'DELETE' })
    assert.deepEqual([left.status, left.text], [204, ''])
    const { value, attributes, expires } = cookieOf(left)
    assert.deepEqual([value, attributes, expires], ['', ['HttpOnly', 'Max-Age=0', 'Path=/session', 'SameSite=Strict'], 0])
    assert.equal(left.headers['cache-control'], 'no-store')
  })
})

describe('a page that was loaded again', () => {
  it('gets its token back', async () => {
    const token = await agentToken()
    const { pair } = cookieOf(await post({ token }))
    const answer = await get('/session', { ...here, cookie: pair })
    assert.equal(readSignedIn(answer).token, token)
    assert.deepEqual([answer.headers['cache-control'], answer.headers['set-cookie']], ['no-store', undefined])
  })

  it('without a session is told that there is none', async () => {
    for (const cookie of ['', 'fuseboard_session=', 'other=1']) {
      const { status, text } = await get('/session', { ...here, cookie })
      const read = session.parse(JSON.parse(text))
      assert.deepEqual([status, read.state === 'SIGNED_OUT' && read.reason], [200, 'NONE'])
    }
  })

  const bytes = (text: string) => new TextEncoder().encode(text)
  const sign = (secret: string, exp: number) => new SignJWT({ role: 'agent' }).setProtectedHeader({ alg: 'HS256' }).setSubject('agent-7').setAudience('fuseboard').setExpirationTime(exp).sign(bytes(secret))
  const now = () => Math.floor(Date.now() / 1000)
  const ended: Readonly<Record<string, () => string | Promise<string>>> = {
    'has expired': () => sign(hub.secrets.secret, now() - 1),
    'is of another hub': () => sign('some other secret, long enough for HS256', now() + 60),
    'is garbage': () => 'aaaa.bbbb.cccc',
    'is no token at all': () => '%00%0d%0aSet-Cookie:x',
    'is a visitor\'s': () => hub.token({ role: 'visitor', name: 'visitor-1' }),
  }
  for (const [what, make] of Object.entries(ended)) {
    it(`whose token ${what} is told that its session has ended, and the cookie goes`, async () => {
      const answer = await get('/session', { ...here, cookie: `fuseboard_session=${await make()}` })
      const read = session.parse(JSON.parse(answer.text))
      assert.deepEqual([answer.status, read.state === 'SIGNED_OUT' && read.reason], [200, 'ENDED'])
      assert.deepEqual([cookieOf(answer).value, cookieOf(answer).expires], ['', 0])
      assert.doesNotMatch(answer.text, /expired|signature|jose|aaaa/i)
    })
  }
})

describe('a sign-in', () => {
  it('with a token that is not good is refused, and sets nothing', async () => {
    isRefused(await post({ token: 'aaaa.bbbb.cccc' }), 401, 'UNAUTHENTICATED')
    isRefused(await post({ token: 'x' }), 401, 'UNAUTHENTICATED')
    isRefused(await post({ token: `${(await agentToken()).slice(0, -3)}AAA` }), 401, 'UNAUTHENTICATED')
  })

  it('of a visitor is refused: the console is not for them', async () => isRefused(await post({ token: await hub.token({ role: 'visitor', name: 'visitor-1' }) }), 403, 'FORBIDDEN'))

  it('that is logged names who, and never the token', async () => {
    const token = await agentToken()
    await post({ token })
    await post({ token: 'aaaa.bbbb.cccc' })
    assert.ok(hub.logged.some((line) => line.includes('"a session begins"') && line.includes('"by":"agent-7"')))
    assert.ok(hub.logged.some((line) => line.includes('"a session was refused"') && line.includes('UNAUTHENTICATED')))
    assert.deepEqual(hub.logged.filter((line) => line.includes(token) || line.includes('aaaa.bbbb')), [])
  })

  it('opens no door to the schema by its cookie', async () => {
    const { pair } = cookieOf(await post({ token: await agentToken() }))
    const asked = await get('/graphql', { ...here, ...json, cookie: pair }, { method: 'POST', body: JSON.stringify({ query: '{ customer(id: "C-1001") { known } }' }) })
    assert.equal(asked.status, 401)
  })
})

describe('the identities of the demo', () => {
  const names = demoIdentities.map(({ id }) => id)

  it('are offered to whoever is signed out', async () => {
    const read = session.parse(JSON.parse((await get('/session', here)).text))
    assert.deepEqual(read.identities.map(({ id }) => id), names)
  })

  for (const { id, role, departments } of demoIdentities) {
    it(`let one be ${id}, with a token of this hub's`, async () => {
      const { token, caller } = readSignedIn(await post({ identity: id }))
      assert.deepEqual([caller.id, caller.role, caller.departments], [id, role, departments])
      const { data, errors } = await hub.ask('{ fuses { backend } }', { token })
      assert.deepEqual([errors, JSON.stringify(data).includes('"logistics"')], [[], true])
    })
  }

  it('have one who may make the demo company misbehave, and others who may not', async () => {
    const inject = 'mutation ($fault: Fault!) { injectFault(backend: "crm", fault: $fault) }'
    const { token } = readSignedIn(await post({ identity: 'admin-1' }))
    const crmIs = async () => (await hub.ask('{ customer(id: "C-1001") { profile { name } } }', { token, headers: strict })).errors.map(({ extensions }) => extensions['backend'])
    assert.deepEqual(await crmIs(), [])
    const broken = await hub.ask(inject, { token, variables: { fault: 'ERROR' } })
    assert.deepEqual(broken.data, { injectFault: true }, broken.text)
    assert.deepEqual(await crmIs(), ['crm'])
    assert.deepEqual((await hub.ask(inject, { token, variables: { fault: 'OFF' } })).data, { injectFault: true })
    const agent = readSignedIn(await post({ identity: 'agent-1' }))
    assert.equal((await hub.ask(inject, { token: agent.token, variables: { fault: 'ERROR' } })).errors[0]?.extensions['code'], 'FORBIDDEN')
  })

  it('are nobody where no demo runs', async () => {
    await using configured = await startRunningHub({ transport: 'in-process', console: {} })
    await using open = openGet(configured.url)
    assert.deepEqual(session.parse(JSON.parse((await open.get('/session', here)).text)).identities, [])
    isRefused(await open.get('/session', { ...here, ...json }, { method: 'POST', body: '{"identity":"admin-1"}' }), 400, 'BAD_USER_INPUT')
  })

  it('are nobody else', async () => {
    for (const identity of ['agent-99', '__proto__', 'constructor', 'Agent-1']) isRefused(await post({ identity }), 400, 'BAD_USER_INPUT')
  })
})

it('the session is no page of the console', async () => assert.match(String((await get('/session', { ...asPage, ...here })).headers['content-type']), /^application\/json/))
