import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import iconv from 'iconv-lite'
import { presentMs } from '../../demo/company/calendar.ts'
import { foundCompany, type TheirOrderStatus, type TheirShipmentStatus } from '../../demo/company.ts'

const company = foundCompany()
const { customers, orders, shipments, articles } = company
const hashOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex')
const companyFile = join(import.meta.dirname, '../../demo/company.ts')

const idsOf = (rows: readonly { readonly id: string | number }[]) => new Set(rows.map(({ id }) => id))

describe('the demo company', () => {
  it('is the same at each founding', () => {
    assert.equal(hashOf(foundCompany()), hashOf(company))
  })

  it('is the same in another process and time zone', async () => {
    const script = `import { foundCompany } from ${JSON.stringify(companyFile)}
      import { createHash } from 'node:crypto'
      process.stdout.write(createHash('sha256').update(JSON.stringify(foundCompany())).digest('hex'))`
    const args = ['--input-type=module', '-e', script]
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, TZ: 'America/St_Johns' } })
    assert.equal(stdout, hashOf(company))
  })

  it('has 500 customers, 2,000 orders and 120 articles, each with its own id', () => {
    assert.deepEqual([customers.length, orders.length, articles.length], [500, 2_000, 120])
    assert.deepEqual([idsOf(customers).size, idsOf(orders).size, idsOf(articles).size], [500, 2_000, 120])
    assert.deepEqual([customers[0]?.id, customers.at(-1)?.id], ['C-1001', 'C-1500'])
    assert.deepEqual([orders[0]?.id, orders.at(-1)?.id, articles[0]?.id], ['SO-2026-000001', 'SO-2026-002000', 98_311])
    assert.equal(idsOf(shipments).size, shipments.length)
    assert.equal(new Set(shipments.map(({ trackingNumber }) => trackingNumber)).size, shipments.length)
  })

  it('speaks Chinese and English everywhere', () => {
    for (const rows of [customers, articles]) {
      const chinese = rows.filter(({ language }) => language === 'zh')
      assert.ok(chinese.length >= rows.length / 3 && chinese.length <= rows.length * 2 / 3 + 20)
    }
    for (const { titleZh, titleEn } of orders.flatMap(({ lines }) => lines)) {
      assert.match(titleZh, /\p{Script=Han}/u)
      assert.doesNotMatch(titleEn, /\p{Script=Han}/u)
    }
  })

  it('keeps only what GBK can write in the CRM', () => {
    const text = JSON.stringify(customers)
    assert.equal(iconv.decode(iconv.encode(text, 'gbk'), 'gbk'), text)
  })

  it('gives Chinese customers an email address in pinyin', () => {
    for (const { email } of customers) assert.match(email ?? 'a@example.cn', /^[a-z.]+\d*@example\.(cn|com|org|net)$/)
  })
})

describe('orders of the demo company', () => {
  it('belong to customers who had registered before', () => {
    const registered = new Map(customers.map(({ id, registeredAt }) => [id, registeredAt]))
    for (const { customerId, placedAt } of orders) assert.ok((registered.get(customerId) ?? '9') < placedAt)
  })

  it('cost the sum of their lines', () => {
    for (const { lines, totalCents } of orders) {
      assert.ok(lines.length > 0)
      assert.equal(lines.reduce((sum, { quantity, unitCents }) => sum + quantity * unitCents, 0), totalCents)
    }
  })

  it('are numbered by the time at which they were placed, in the present year and before the present', () => {
    const times = orders.map(({ placedAt }) => placedAt)
    assert.deepEqual(times, times.toSorted())
    assert.ok(times.every((time) => time.startsWith('2026-') && Date.parse(time) < presentMs))
  })

  it('of C-1001 are at least six, in several states, with parcels among the newest five', () => {
    const own = orders.filter(({ customerId }) => customerId === 'C-1001')
    const newest = new Set(own.slice(-5).map(({ id }) => id))
    assert.ok(own.length >= 6)
    assert.ok(new Set(own.map(({ status }) => status)).size >= 5)
    const parcels = shipments.filter(({ orderId }) => newest.has(orderId))
    assert.ok(parcels.length >= 3 && parcels.every(({ events }) => events.length >= 3))
    assert.equal(customers[0]?.name, '张伟')
    assert.equal(customers[0].notes.length, 3)
  })
})

describe('shipments of the demo company', () => {
  const countsOf: Readonly<Record<TheirOrderStatus, readonly number[]>> = {
    PENDING: [0], PAID: [0], ON_HOLD: [0], CANCELLED: [0], PACKED: [1], REFUNDED: [1], SHIPPED: [1, 2], DELIVERED: [1, 2],
  }
  const statusesOf: Readonly<Record<TheirOrderStatus, readonly TheirShipmentStatus[]>> = {
    PENDING: [], PAID: [], ON_HOLD: [], CANCELLED: [], PACKED: ['LABEL_CREATED'], REFUNDED: ['RETURNED'], DELIVERED: ['DELIVERED'],
    SHIPPED: ['IN_TRANSIT', 'OUT_FOR_DELIVERY', 'EXCEPTION'],
  }
  const parcelsOf = Map.groupBy(shipments, ({ orderId }) => orderId)

  it('are there for what has left, and for nothing else', () => {
    for (const { id, status } of orders) {
      const count = parcelsOf.get(id)?.length ?? 0
      assert.ok(countsOf[status].includes(count), `${id} is ${status} and has ${count} shipments`)
    }
    assert.ok([...parcelsOf.values()].some((parcels) => parcels.length === 2))
  })

  it('belong to the customer of their order, and say what their order says', () => {
    const orderOf = new Map(orders.map((order) => [order.id, order]))
    for (const { orderId, customerId, status } of shipments) {
      const order = orderOf.get(orderId)
      assert.ok(order, `${orderId} does not exist`)
      assert.equal(order.customerId, customerId)
      assert.ok(statusesOf[order.status].includes(status), `${orderId}: ${order.status}, ${status}`)
    }
  })

  it('have events, newest first, between the order and the present', () => {
    const placedAt = new Map(orders.map((order) => [order.id, order.placedAt]))
    for (const { orderId, events } of shipments) {
      const times = events.map(({ occurredAt }) => occurredAt)
      assert.ok(times.length > 0)
      assert.deepEqual(times, times.toSorted().toReversed())
      assert.ok((times.at(-1) ?? '') > (placedAt.get(orderId) ?? '9') && Date.parse(times[0] ?? '') < presentMs, orderId)
    }
  })
})

const tag = /<(\/?)([a-z0-9:-]+)(?: [a-z:-]+="[^"<>]*")* ?(\/?)>/g

/** The tags that are open at the end, or at the first that closes another. */
const unclosedTags = (markup: string): readonly string[] => {
  const open: string[] = []
  for (const [, end, name = '', empty] of markup.matchAll(tag)) {
    if (empty) continue
    if (!end) open.push(name)
    else if (open.pop() !== name) return [...open, `/${name}`]
  }
  return open
}

describe('articles of the demo company', () => {
  it('are well-formed: each tag is closed in its turn, and each & begins an entity', () => {
    for (const { id, body } of articles) {
      const markup = body.replaceAll(/<!\[CDATA\[.*?\]\]>/gs, '')
      assert.doesNotMatch(markup, /&(?!(?:amp|lt|gt|quot|nbsp|ndash|mdash|hellip|ldquo|rdquo|rsquo);)/, String(id))
      assert.deepEqual(unclosedTags(markup), [], `${id}: ${body}`)
      assert.doesNotMatch(markup.replaceAll(tag, ''), /[<>]/, String(id))
    }
  })

  it('have headings, lists, tables, code and entities among them', () => {
    const all = articles.map(({ body }) => body).join('')
    const pieces = ['<h2>', '<ul>', '<ol>', '<table', 'ac:name="code"', '&nbsp;', ']]]]><![CDATA[>', '<ri:page']
    for (const piece of pieces) assert.ok(all.includes(piece), piece)
  })

  it('link only to pages that exist', () => {
    const titles = new Set(articles.map(({ title }) => title))
    const links = articles.flatMap(({ body }) => [...body.matchAll(/ri:content-title="([^"]*)"/g)].map(([, title]) => title ?? ''))
    assert.ok(links.length > 0)
    for (const link of links) assert.ok(titles.has(link), link)
    assert.equal(titles.size, articles.length)
  })
})
