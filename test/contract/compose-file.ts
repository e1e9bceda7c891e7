import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'

/*
 * As much of the Compose Specification (https://github.com/compose-spec/compose-spec/blob/main/spec.md) as docker-compose.yml
 * uses, and no more: every map is strict, so a key that is misspelled, or that this test has never looked at, is a mistake.
 */

const duration = z.string().regex(/^(\d+(ms|s|m|h))+$/)
const bytes = z.string().regex(/^\d+[kmg]$/)

const healthcheck = z.strictObject({
  test: z.tuple([z.literal('CMD')], z.string()),
  interval: duration,
  timeout: duration,
  start_period: duration,
  retries: z.int().positive(),
})

const service = z.strictObject({
  image: z.string().regex(/^[a-z][a-z0-9/_-]*:[\w.-]+$/, 'an image with a tag'),
  build: z.strictObject({ context: z.string(), target: z.string() }).optional(),
  profiles: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string().regex(/^[A-Z_]+$/), z.string()).default({}),
  volumes: z.array(z.string().regex(/^[\w./-]+:\/[\w./-]+(:ro)?$/)).default([]),
  tmpfs: z.array(z.string().startsWith('/')).default([]),
  ports: z.array(z.string().regex(/^\$\{\w+:-[\d.]+\}:\d+:\d+$/, 'an address that may be overridden, and two ports')).default([]),
  networks: z.array(z.string()).min(1),
  user: z.string().regex(/^[1-9]\d*:[1-9]\d*$/).optional(),
  init: z.literal(true),
  restart: z.enum(['unless-stopped', 'on-failure']),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  pids_limit: z.int().positive(),
  mem_limit: bytes,
  cpus: z.number().positive(),
  shm_size: bytes.optional(),
  stop_grace_period: duration.optional(),
  logging: z.strictObject({ driver: z.literal('json-file'), options: z.strictObject({ 'max-size': z.string(), 'max-file': z.string() }) }),
  healthcheck,
})

const composeFile = z.strictObject({
  services: z.record(z.string().regex(/^[a-z]+$/), service),
  networks: z.record(z.string(), z.strictObject({ internal: z.boolean().default(false) })),
  volumes: z.record(z.string(), z.strictObject({})),
})

export type ComposeFile = z.infer<typeof composeFile>
export type ComposeService = ComposeFile['services'][string]

/** What `x-` keys hold is there for its anchors alone, and is looked at where they are used. */
const withoutExtensions = (document: unknown): unknown =>
  Object.fromEntries(Object.entries(z.record(z.string(), z.unknown()).parse(document)).filter(([key]) => !key.startsWith('x-')))

/** Throws a ZodError, or yaml's own, where the text is not what the project's compose file may be. */
export const parseComposeFile = (text: string): ComposeFile => composeFile.parse(withoutExtensions(parse(text, { merge: true })))

export const readComposeFile = async (): Promise<ComposeFile> => parseComposeFile(await readFile('docker-compose.yml', 'utf8'))
