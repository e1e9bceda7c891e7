import { z } from 'zod'
import type { TheirShipment } from '../company.ts'
import { type Method, method } from './dispatch.ts'
import { findIn, texts } from './params.ts'

export const shipmentMethods = (shipments: readonly TheirShipment[]): readonly (readonly [string, Method])[] => {
  const byId = new Map(shipments.map(shipment => [shipment.id, shipment]))
  const byTrackingNumber = new Map(shipments.map(shipment => [shipment.trackingNumber, shipment]))
  const byOrder = Map.groupBy(shipments, shipment => shipment.orderId)
  return [
    ['shipments.find', method(z.object({ ids: texts }), ({ ids }) => findIn(byId, ids, writeShipment))],
    ['shipments.track', method(z.object({ trackingNumbers: texts }), ({ trackingNumbers }) =>
      findIn(byTrackingNumber, trackingNumbers, writeShipment))],
    ['shipments.ofOrders', method(z.object({ orderIds: texts }), ({ orderIds }) =>
      orderIds.map(orderId => (byOrder.get(orderId) ?? []).map(writeShipment)))],
  ]
}

const writeShipment = ({ statusWord, ...shipment }: TheirShipment): object => ({ ...shipment, statusText: statusWord })
