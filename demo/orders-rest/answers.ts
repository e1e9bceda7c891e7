import { STATUS_CODES } from 'node:http'
import type { LegacyAnswer, LegacyRequest } from '../legacy.ts'

const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache, no-store, max-age=0, must-revalidate' }

export const json = (status: number, body: unknown): LegacyAnswer => ({ status, headers, body: JSON.stringify(body) })

/** Spring Boot's error body. Its `message` says more than a client of the hub may read. */
export const springError = (url: URL, status: number, message: string, code?: string): LegacyAnswer => json(status, {
  timestamp: new Date().toISOString().replace('Z', '+00:00'),
  status,
  error: STATUS_CODES[status] ?? 'Unknown',
  ...code === undefined ? {} : { code },
  message,
  path: url.pathname,
})

export const errorAnswer = ({ url }: LegacyRequest): LegacyAnswer => springError(url, 500,
  'org.springframework.jdbc.CannotGetJdbcConnectionException: Failed to obtain JDBC Connection: ORA-12541 (db-orders-01.corp.internal:1521)'
  + '\n\tat com.example.shop.order.OrderRepository.find(OrderRepository.java:118)')

/** What a proxy in front of the API says, with the status of a good answer. */
export const garbageAnswer: LegacyAnswer = {
  status: 200,
  headers: { 'content-type': 'text/html;charset=UTF-8' },
  body: '<!doctype html><html><head><title>系统维护中</title></head><body><h1>系统维护中</h1><p>Tomcat/9.0.31 at app-orders-02</p></body></html>',
}
