import { fileURLToPath } from 'node:url'
import { loadSync } from '@grpc/proto-loader'
import { runAlone } from './alone.ts'
import { orderMethods } from './grpc/orders.ts'
import { serveGrpc } from './grpc/serve.ts'
import { type LegacySystem, startSystem } from './legacy.ts'
import { type BookSource, orderBookOf } from './order-book.ts'

/** The order system over gRPC; `subgraphs/orders/orders.proto` documents it. */
export type OrdersGrpcOptions = {
  /** 0 takes any free port. */
  readonly port: number
  /** 127.0.0.1 where nothing is said. */
  readonly host?: string | undefined
  readonly company: BookSource
  /** Numbers of orders whose rows come out broken. */
  readonly unreadable?: ReadonlySet<string>
}

const defaultPort = 4106

const proto = fileURLToPath(new URL('../subgraphs/orders/orders.proto', import.meta.url))

export const startOrdersGrpc = ({ port, host, company, unreadable = new Set() }: OrdersGrpcOptions): Promise<LegacySystem> => {
  const service = loadSync(proto, { longs: String, enums: String, defaults: true, oneofs: true })['orders.v1.OrderService']
  if (service === undefined || typeof service['format'] === 'string') throw new Error('orders.proto has no service')
  const methods = orderMethods(orderBookOf(company), unreadable)
  return startSystem({ name: 'orders-grpc', port, host, scheme: 'grpc', open: faults => serveGrpc(faults, service, methods) })
}

if (import.meta.main) await runAlone(defaultPort, startOrdersGrpc)
