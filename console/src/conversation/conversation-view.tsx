import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { ReactNode, RefObject } from 'react'
import { isCovered, useKeys } from '../app/keys.ts'
import { useConsole } from '../console.ts'
import { useStore } from '../store.ts'
import { dayKeyOf } from '../words/times.ts'
import { useWords } from '../words/words.ts'
import { Composer } from './composer.tsx'
import type { ComposerHandle } from './composer.tsx'
import { ConversationHeader } from './conversation-header.tsx'
import type { HeaderHandle } from './conversation-header.tsx'
import styles from './conversation-view.module.css'
import { FindBar } from './find-bar.tsx'
import { MessageList } from './message-list.tsx'
import { rowsOf } from './rows.ts'
import type { Talk } from './talk.ts'
import type { Transcript } from './transcript.ts'
import { useFinding } from './use-finding.ts'

/** What others do in it, as far as an agent should know before they write. */
const othersIn = ({ typing }: Transcript, me: string) => {
  const people = [...typing.values()].map(({ person }) => person).filter(({ id }) => id !== me)
  return { typing: people.map(({ displayName }) => displayName), rival: people.find(({ __typename }) => __typename === 'Agent')?.displayName ?? null }
}

const visitorReadTo = ({ marks, conversation }: Transcript) => (conversation === null ? 0 : marks.get(conversation.visitor.id) ?? 0)

/** What was new when it was entered stays marked until it is left. */
const useNewAfter = (transcript: Transcript, me: string, isLive: boolean): number | null => {
  const [newAfter, setNewAfter] = useState<number | null | undefined>(undefined)
  if (newAfter === undefined && isLive) {
    const mark = transcript.marks.get(me) ?? 0
    setNewAfter((transcript.conversation?.lastPosition ?? 0) > mark ? mark : null)
  }
  return newAfter ?? null
}

const useEntries = (id: string, transcript: Transcript, newAfter: number | null) => {
  const { outbox, me } = useConsole()
  const all = useStore(outbox.pending, (pending) => pending)
  const pending = useMemo(() => all.filter(({ conversationId }) => conversationId === id), [all, id])
  const hasEarlier = transcript.earlier !== null
  return useMemo(
    () => rowsOf(transcript.lines, pending, { me: me.id, newAfter, hasEarlier, dayOf: dayKeyOf }),
    [transcript.lines, pending, me.id, newAfter, hasEarlier],
  )
}

type ViewProps = {
  readonly talk: Talk
  /** The panels beside it; they may write into the composer. */
  readonly aside: (composer: RefObject<ComposerHandle | null>, transcript: Transcript) => ReactNode
}

/** One conversation, open. Given another `key` for each. */
export const ConversationView = ({ talk, aside }: ViewProps) => {
  const state = useStore(talk.state, (one) => one)
  const { chat, frame } = useWords()
  const transcript = useStore(talk.transcript, (one) => one)
  if (state.is === 'MISSING') return <p className={styles.message}>{chat.missing}</p>
  if (transcript.conversation === null) return <p className={styles.message} aria-live="polite">{state.is === 'FAILED' ? chat.failed : frame.loading}</p>
  return <OpenConversation {...{ talk, aside, transcript }} />
}

const OpenConversation = ({ talk, aside, transcript }: ViewProps & { readonly transcript: Transcript }) => {
  const { me, outbox, talks } = useConsole()
  const { chat } = useWords()
  const composer = useRef<ComposerHandle>(null)
  const header = useRef<HeaderHandle>(null)
  const section = useRef<HTMLElement>(null)
  const newAfter = useNewAfter(transcript, me.id, transcript.conversation !== null)
  const rows = useEntries(talk.id, transcript, newAfter)
  const others = othersIn(transcript, me.id)
  const viewers = useStore(talk.viewers, (all) => all).filter(({ id }) => id !== me.id)
  const conversation = transcript.conversation
  const finding = useFinding(talk)
  const newest = transcript.lines.at(-1)?.position ?? 0
  const onSeen = useCallback(() => talks.markRead(talk.id, newest), [talks, talk.id, newest])
  useKeys({
    r: () => composer.current?.focus('TEXT'),
    n: () => composer.current?.focus('NOTE'),
    '/': () => composer.current?.openCanned(),
    e: () => header.current?.close(),
    t: () => header.current?.transfer(),
    l: () => header.current?.label(),
    f: () => finding.look(finding.text ?? ''),
  })
  useEffect(() => {
    if (!isCovered()) composer.current?.focus()
  }, [talk.id])
  if (conversation === null) return null
  const canReply = conversation.status === 'ACTIVE' && conversation.agent?.id === me.id
  return (
    <>
      <section ref={section} className={styles.conversation} aria-label={conversation.visitor.displayName}>
        <ConversationHeader ref={header} {...{ conversation, transcript }} />
        {finding.text !== null && <FindBar finding={finding} />}
        <MessageList
          id={talk.id} rows={rows} me={me.id} readTo={visitorReadTo(transcript)} search={finding.text ?? ''} found={finding.at} hasEarlier={transcript.earlier !== null} loadEarlier={talk.loadEarlier}
          onRetry={outbox.retry} onDiscard={outbox.discard} onSeen={onSeen}
        />
        <p className={styles.presence} aria-live="polite">
          {others.typing.map((who) => <span key={who} className={styles.typing}>{chat.typing(who)}</span>)}
          {viewers.map(({ id, displayName }) => <span key={id}>◉ {chat.looking(displayName)}</span>)}
        </p>
        <Composer
          ref={composer} conversationId={talk.id} visitor={conversation.visitor.displayName} canReply={canReply} isClosed={conversation.status === 'CLOSED'}
          rival={others.rival} onTyping={talk.setTyping} onLeave={() => section.current?.querySelector<HTMLElement>('[role="log"]')?.focus()}
        />
      </section>
      {aside(composer, transcript)}
    </>
  )
}
