import { z } from 'zod'
import { Unreachable } from '../../fuse/errors.ts'
import type { Database } from '../../prisma/client.ts'
import type { ChatMeter } from '../environment.ts'
import { isId, openSql } from '../sql.ts'
import type { ChatStore, Committed, Written } from './backend.ts'
import type { Command } from './decide.ts'
import { openCannedReplies } from './store/canned-replies.ts'
import { commit } from './store/commit.ts'
import { openConversations } from './store/conversations.ts'
import { openEvents } from './store/events.ts'
import { openMessages } from './store/messages.ts'
import { openPeople } from './store/people.ts'
import { openPlacingStore } from './store/placing.ts'
import { openBatcher } from './batcher.ts'

export type StoreOptions = {
  readonly database: Database
  /** This process, as the outbox names it. */
  readonly instance: string
  readonly now?: () => number
  /** Told of each transaction, and of each time that the database could not be asked. */
  readonly meter?: Pick<ChatMeter, 'committed' | 'unavailable'>
}

const maxBatch = 256
/** How long what was announced may stay in the outbox when nothing else is written. */
const forgetMs = 500

/** Conversations in PostgreSQL, or in PGlite, which speaks the same. Does not own the database. */
export const openChatStore = ({ database, instance, now = Date.now, meter }: StoreOptions): ChatStore => {
  const sql = openSql(database, { name: 'chat', unavailable: meter?.unavailable })
  const events = openEvents(sql)
  const listeners: ((batch: Committed) => void)[] = []
  const outbox = openForgetting((ids) => events.forget(ids))
  const carryOut = async (commands: readonly Command[]): Promise<readonly Written[]> => {
    const announced = outbox.take()
    const startedAt = performance.now()
    try {
      const { results, committed } = await sql.transaction((select) => commit(select, commands, { instance, now, announced }))
      meter?.committed({ commands: commands.length, events: committed?.events?.length ?? 0, ms: performance.now() - startedAt })
      if (committed) for (const listener of listeners) listener(committed)
      else outbox.giveBack(announced)
      return results
    } catch (error) {
      outbox.giveBack(announced)
      throw error
    }
  }
  const writer = openBatcher(carryOut, { maxBatch, isNobodysFault: (error) => error instanceof Unreachable })
  return {
    ...openConversations(sql),
    ...openMessages(sql),
    ...openPeople(sql),
    ...openPlacingStore(sql),
    ...openCannedReplies(sql),
    ...events,
    write: (command) => (command.kind === 'start' || isId(command.conversationId) ? writer.run(command) : Promise.resolve(noSuch)),
    onCommitted: (listener) => void listeners.push(listener),
    announced: ({ outboxId }) => outbox.add(outboxId),
    recordOpened: async (opened) => {
      const rows = opened.map(({ callerId, role, conversationId }) => ({ caller_id: callerId, role, conversation_id: conversationId }))
      await sql.select(z.unknown(), recordStatement, JSON.stringify(rows))
    },
    [Symbol.asyncDispose]: async () => {
      await writer.idle()
      await outbox.flush()
    },
  }
}

const recordStatement = `
  INSERT INTO audit (caller_id, role, conversation_id, action)
  SELECT o.*, 'OPENED' FROM jsonb_to_recordset($1::jsonb) AS o(caller_id text, role text, conversation_id uuid)`

const noSuch: Written = { kind: 'refused', code: 'NOT_FOUND', message: 'there is no such conversation', field: 'conversationId' }

/** Rows of the outbox that are done with: taken away with the next batch, or by themselves where none comes. */
const openForgetting = (forget: (ids: readonly bigint[]) => Promise<void>) => {
  let ids: bigint[] = []
  let timer: NodeJS.Timeout | null = null
  const take = () => {
    const taken = ids
    ids = []
    if (timer) clearTimeout(timer)
    timer = null
    return taken
  }
  const giveBack = (taken: readonly bigint[]) => {
    if (taken.length === 0) return
    ids.push(...taken)
    timer ??= setTimeout(() => void flush(), forgetMs).unref()
  }
  const flush = async () => {
    const taken = take()
    // What can't be taken away now is announced once more, which nobody minds.
    await forget(taken).catch(() => undefined)
  }
  return { add: (id: bigint) => giveBack([id]), take, giveBack, flush }
}
