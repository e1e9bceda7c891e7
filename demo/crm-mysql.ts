import { parseArgs } from 'node:util'
import { foundCompany } from './company.ts'
import { seedCrm } from './crm-mysql/seed.ts'

/**
 * The company's customers in a MySQL or MariaDB of your own; there is no stand-in for one. `schema.sql` beside it has the tables.
 *
 *     node demo/crm-mysql.ts --seed mysql://root@127.0.0.1:3306/crm
 *
 * `--charset latin1 --stored gbk` writes them as an old PHP script did, which never told the database what it sent.
 */
const main = async () => {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, charset: { type: 'string', default: 'utf8mb4' }, stored: { type: 'string' } } })
  const { seed: url, charset, stored } = values
  if (url === undefined) throw new Error('--seed wants mysql://user:password@host:port/database')
  if (charset !== 'utf8mb4' && charset !== 'latin1') throw new Error(`--charset wants utf8mb4 or latin1, not ${charset}`)
  if (stored !== undefined && stored !== 'utf-8' && stored !== 'gbk') throw new Error(`--stored wants utf-8 or gbk, not ${stored}`)
  const { customers } = foundCompany()
  await seedCrm({ url, customers, charset, ...(stored === undefined ? {} : { storedCharset: stored }) })
  process.stdout.write(`${customers.length} customers are in ${new URL(url).pathname.slice(1)}\n`)
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
