import { dayMs, hourMs, isoTime, presentMs } from './calendar.ts'
import { carriers, destinations, hubs, origins, roads, statusWords, type Stage, type Step } from './carriers.ts'
import { openChance, type Chance } from './chance.ts'
import type { Language, TheirCustomer, TheirOrder, TheirShipment, TheirShipmentEvent, TheirShipmentStatus } from './types.ts'

/** From the label to the last event. Unix milliseconds. */
type Span = { readonly startMs: number; readonly endMs: number }

/** A parcel before it has its number. */
type Parcel = { readonly order: TheirOrder; readonly language: Language; readonly status: TheirShipmentStatus }

/** The parcels of every order that has left the warehouse, or has a label for it. */
export const shipOrders = (orders: readonly TheirOrder[], customers: readonly TheirCustomer[]): readonly TheirShipment[] => {
  const chance = openChance(5_150)
  const languages = new Map(customers.map(({ id, language }) => [id, language]))
  const splitOrder = orders.find(({ customerId, status }) => customerId === 'C-1001' && status === 'SHIPPED')
  return orders
    .flatMap((order): readonly Parcel[] => {
      const statuses = order === splitOrder ? splitStatuses : drawStatuses(order, chance)
      return statuses.map((status) => ({ order, language: languages.get(order.customerId) ?? 'en', status }))
    })
    .map((parcel, index) => ship(parcel, index + 1, chance))
}

/** What C-1001 asks about: the first of two parcels comes today, the second is still on its way. */
const splitStatuses: readonly TheirShipmentStatus[] = ['OUT_FOR_DELIVERY', 'IN_TRANSIT']

const drawStatuses = (order: TheirOrder, chance: Chance): readonly TheirShipmentStatus[] => {
  const howMany = order.lines.length > 1 && chance.happens(0.3) ? 2 : 1
  switch (order.status) {
    case 'PACKED': return ['LABEL_CREATED']
    case 'SHIPPED': return Array.from({ length: howMany }, () => drawOnItsWay(order, chance))
    case 'DELIVERED': return Array.from({ length: howMany }, () => 'DELIVERED' as const)
    case 'REFUNDED': return ['RETURNED']
    default: return []
  }
}

const drawOnItsWay = (order: TheirOrder, chance: Chance): TheirShipmentStatus => {
  const roll = chance.fraction()
  // C-1001's other parcel stays in transit: the examples are written around it.
  if (order.customerId === 'C-1001' || roll < 0.6) return 'IN_TRANSIT'
  return roll < 0.9 ? 'OUT_FOR_DELIVERY' : 'EXCEPTION'
}

const ship = ({ order, language, status }: Parcel, number: number, chance: Chance): TheirShipment => {
  const serial = String(number).padStart(6, '0')
  const carrier = chance.pick(carriers[language])
  const span = drawSpan(order, chance)
  return {
    id: `SH-2026-${serial}`,
    orderId: order.id,
    customerId: order.customerId,
    trackingNumber: carrier.numberOf(serial, chance),
    carrier: carrier.name,
    status,
    statusWord: statusWords[status][language],
    estimatedDelivery: status === 'RETURNED' || status === 'EXCEPTION' ? null : isoTime(estimate(status, span, chance)),
    events: writeEvents(chance.pick(roads[status]), language, span, chance),
  }
}

/** Everything that happened lies before the present; what is on its way was last seen within the last five hours. */
const drawSpan = ({ placedAt, status }: TheirOrder, chance: Chance): Span => {
  const placedMs = Date.parse(placedAt)
  const sinceMs = presentMs - placedMs
  const startMs = placedMs + (0.2 + 0.3 * chance.fraction()) * Math.min(sinceMs, 1.5 * dayMs)
  const roadMs = (1.5 + 4 * chance.fraction()) * dayMs
  const latestMs = presentMs - Math.min((0.2 + 4.8 * chance.fraction()) * hourMs, sinceMs / 4)
  return { startMs, endMs: status === 'SHIPPED' ? latestMs : Math.min(startMs + roadMs, latestMs) }
}

/** At 10:00 UTC, which is the evening in Shanghai: carriers promise a day, not an instant. */
const estimate = (status: TheirShipmentStatus, { startMs, endMs }: Span, chance: Chance) => {
  const promisedMs = startMs + chance.between(2, 4) * dayMs
  const lastMs = status === 'DELIVERED' ? endMs : presentMs
  return Math.floor(Math.max(promisedMs, lastMs) / dayMs) * dayMs + 10 * hourMs
}

const writeEvents = (road: readonly Step[], language: Language, span: Span, chance: Chance): readonly TheirShipmentEvent[] => {
  const places: Readonly<Record<Stage, string>> = {
    origin: origins[language], hub: chance.pick(hubs[language]), destination: chance.pick(destinations[language]),
  }
  const stepMs = (span.endMs - span.startMs) / Math.max(road.length - 1, 1)
  return road.map((step, index) => {
    // Never more than a third of a step early, so that the order of the steps holds.
    const early = index === 0 ? 0 : chance.fraction() * stepMs / 3
    const atMs = Math.floor((span.startMs + index * stepMs - early) / 1000) * 1000
    return { occurredAt: isoTime(atMs), place: places[step.stage], description: step[language] }
  }).toReversed()
}
