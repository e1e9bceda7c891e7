import { randomBytes } from 'node:crypto'
import { createConnection } from 'mysql2/promise'
import type { Connection } from 'mysql2/promise'
import { seedCrm } from '../../demo/crm-mysql/seed.ts'
import type { CrmTables } from '../../demo/crm-mysql/seed.ts'
import { startRelay } from '../../demo/legacy/relay.ts'
import type { Relay } from '../../demo/legacy/relay.ts'
import type { CrmSystem } from './crm-suite.ts'
import { settingsFor } from './crm-asking.ts'

/** A server that may be filled with databases and accounts, such as `mysql://root@127.0.0.1:3306`. */
const server = new URL(process.env['MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306')

const connect = (): Promise<Connection> =>
  createConnection({ host: server.hostname, port: Number(server.port || 3306), user: decodeURIComponent(server.username), password: decodeURIComponent(server.password) })

const findMissing = async (): Promise<string | false> => {
  try {
    await (await connect()).end()
    return false
  } catch (error) {
    if (process.env['CI'] === 'true') throw error
    return `no MySQL or MariaDB at ${server.host}`
  }
}

/** Why what needs a server is skipped; false where one is there. It must be there where `CI` is `true`. */
export const whyNoMysql: string | false = await findMissing()

export type CrmMysql = CrmSystem & {
  readonly database: string
  readonly user: string
  readonly relay: Relay
  /** May do everything, past the relay. */
  readonly admin: Connection
}

/**
 * The CRM's tables in a database of their own on the real server, behind a relay. The adapter's account could write: what keeps it from it is not a
 * matter of rights.
 */
export const startCrmMysql = async (tables: Omit<CrmTables, 'url'>): Promise<CrmMysql> => {
  const name = `fuseboard_${randomBytes(6).toString('hex')}`
  const password = randomBytes(12).toString('hex')
  const admin = await connect()
  const relay = await startRelay({ port: 0, to: { host: server.hostname, port: Number(server.port || 3306) } })
  const dispose = async () => {
    await relay[Symbol.asyncDispose]()
    await admin.query(`DROP DATABASE IF EXISTS ${name}`)
    await admin.query(`DROP USER IF EXISTS ${name}@'%'`)
    await admin.end()
  }
  try {
    await seedCrm({ ...tables, url: `${server.href.replace(/\/$/, '')}/${name}` })
    await admin.query(`CREATE USER ${name}@'%' IDENTIFIED BY '${password}'`)
    await admin.query(`GRANT ALL ON ${name}.* TO ${name}@'%'`)
  } catch (error) {
    await dispose()
    throw error
  }
  const options = { user: name, password, ...(tables.storedCharset && { storedCharset: tables.storedCharset }) }
  return {
    settings: { ...settingsFor(`mysql://127.0.0.1:${relay.port}/${name}`), options },
    database: name,
    user: name,
    relay,
    admin,
    get calls() { return relay.calls },
    setFault: async (fault) => {
      if (fault === 'error') throw new Error('a real server can not be told to be broken')
      await relay.setFault(fault)
    },
    loseNextAnswer: () => relay.cutNextAnswer(0),
    [Symbol.asyncDispose]: dispose,
  }
}
