import { startCrmPhp } from '../../demo/crm-php.ts'
import type { LegacySystem } from '../../demo/legacy.ts'
import { startOrdersJsonRpc } from '../../demo/orders-jsonrpc.ts'
import { openCrmOverForm } from '../../subgraphs/crm/backend.form.ts'
import { openCrmOverJsonRpc } from '../../subgraphs/crm/backend.jsonrpc.ts'
import { openCrmOverMysql } from '../../subgraphs/crm/backend.mysql.ts'
import { settingsFor } from './crm-asking.ts'
import { startCrmMysql, whyNoMysql } from './crm-mysql-system.ts'
import { theirCustomers, unreadableCustomer } from './crm-on-file.ts'
import { crmSuite } from './crm-suite.ts'
import type { CrmSystem } from './crm-suite.ts'

const company = { customers: theirCustomers, orders: [] }
const unreadable = new Set([unreadableCustomer])

/** A stand-in of the demo's. */
const standIn = (system: LegacySystem, path: string): CrmSystem => ({
  settings: settingsFor(`${system.url}${path}`),
  get calls() { return system.calls },
  setFault: (fault) => system.setFault(fault),
  loseNextAnswer: () => system.loseNextAnswer(),
  [Symbol.asyncDispose]: () => system[Symbol.asyncDispose](),
})

const all = { methods: ['findCustomers', 'searchCustomers', 'addNote'], faults: ['error', 'garbage', 'refuse'] } as const

crmSuite('form', { ...all, start: async () => standIn(await startCrmPhp({ port: 0, company, unreadable }), '/index.php'), open: openCrmOverForm, hasUnreadable: true })

crmSuite('jsonrpc', { ...all, start: async () => standIn(await startOrdersJsonRpc({ port: 0, company }), ''), open: openCrmOverJsonRpc, hasUnreadable: false })

// A real server: it writes no notes, and can't be told to be broken.
crmSuite('mysql', {
  start: () => startCrmMysql({ customers: theirCustomers, unreadable }),
  open: openCrmOverMysql,
  hasUnreadable: true,
  methods: ['findCustomers', 'searchCustomers'],
  faults: ['garbage', 'refuse'],
  skip: whyNoMysql,
})
