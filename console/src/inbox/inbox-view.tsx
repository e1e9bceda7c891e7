import { useQuery } from '@apollo/client/react'
import { Select } from '@mantine/core'
import { lazy, Suspense, useEffect, useState } from 'react'
import { ColleaguesDocument } from '../../gql/graphql.ts'
import { go } from '../app/route.ts'
import { useKeys } from '../app/keys.ts'
import { useConsole } from '../console.ts'
import { ConversationView } from '../conversation/conversation-view.tsx'
import { useStore } from '../store.ts'
import { useWords } from '../words/words.ts'
import { viewNames } from './inbox.ts'
import type { View } from './inbox.ts'
import type { InboxDesk } from './desk.ts'
import { InboxList } from './inbox-list.tsx'
import styles from './inbox-view.module.css'
import { takeLongest } from './taking.ts'
import { TalkTabs } from './talk-tabs.tsx'

const Aside = lazy(() => import('./aside.tsx'))

/** Until somebody chooses, the list is the first that has something. */
const useFirstList = (desk: InboxDesk) => {
  const counts = useStore(desk.inbox, (one) => one.counts)
  useEffect(() => {
    if (desk.view.get().isChosen || counts === null) return
    const name = (['offered', 'waiting', 'mine'] as const).find((one) => counts[one] > 0) ?? 'waiting'
    desk.view.set((was) => (was.name === name ? was : { ...was, name }))
  }, [desk, counts])
}

const Views = ({ desk, chosen }: { readonly desk: InboxDesk; readonly chosen: View }) => {
  const { inbox } = useWords()
  const counts = useStore(desk.inbox, (one) => one.counts)
  const numberOf = { waiting: counts?.waiting, offered: counts?.offered, mine: counts?.mine, department: undefined, all: undefined }
  return (
    <div className={styles.views} role="group" aria-label={inbox.list}>
      {viewNames.map((name) => (
        <button key={name} type="button" aria-pressed={chosen.name === name} data-view={name} onClick={() => desk.show(name)}>
          {inbox.views[name]}{numberOf[name] === undefined ? '' : <b>{numberOf[name]}</b>}
        </button>
      ))}
    </div>
  )
}

const DepartmentChoice = ({ desk, chosen }: { readonly desk: InboxDesk; readonly chosen: View }) => {
  const { inbox } = useWords()
  const { data } = useQuery(ColleaguesDocument)
  return (
    <Select
      className={styles.department} size="xs" aria-label={inbox.department} placeholder={inbox.allDepartments} clearable searchable limit={100} value={chosen.department}
      data={(data?.departments ?? []).map(({ path }) => path)} onChange={(department) => desk.view.set(() => ({ name: 'department', department, isChosen: true }))}
    />
  )
}

/** Lists at the left, the open conversation in the middle, what belongs to it at the right. */
export const InboxView = ({ desk, conversationId }: { readonly desk: InboxDesk; readonly conversationId: string | null }) => {
  const hub = useConsole()
  const { inbox, frame } = useWords()
  const chosen = useStore(desk.view, (one) => one)
  useFirstList(desk)
  const talks = useStore(hub.talks.open, (all) => all)
  const [isWide, setWide] = useState(true)
  useEffect(() => {
    if (conversationId !== null) hub.talks.enter(conversationId)
  }, [hub, conversationId])
  const talk = talks.find(({ id }) => id === conversationId)
  const step = (by: number) => {
    const at = talks.findIndex(({ id }) => id === conversationId)
    const next = talks[(at + by + talks.length) % talks.length]
    if (next) go({ at: 'INBOX', conversationId: next.id })
  }
  useKeys({
    a: () => void takeLongest(hub), 'g m': () => desk.show('mine'), 'g w': () => desk.show('waiting'), 'g a': () => desk.show('all'), ']': () => step(1), '[': () => step(-1),
    p: () => setWide((was) => !was), u: () => hub.undo.get()?.(),
  })
  return (
    <div className={styles.inbox}>
      <nav className={styles.lists} aria-label={frame.inbox}>
        <Views {...{ desk, chosen }} />
        {chosen.name === 'department' && <DepartmentChoice {...{ desk, chosen }} />}
        <InboxList key={chosen.name} desk={desk} view={chosen} openId={conversationId} />
        <button type="button" className={styles.longest} onClick={() => void takeLongest(hub)}>{inbox.acceptLongest} <kbd>a</kbd></button>
      </nav>
      <div className={styles.middle}>
        <TalkTabs talks={talks} openId={conversationId} />
        <div className={styles.open}>
          {talk
            ? <ConversationView key={talk.id} talk={talk} aside={(composer, transcript) => isWide && <Suspense fallback={<aside className={styles.aside} />}><Aside {...{ composer, transcript }} conversationId={talk.id} /></Suspense>} />
            : <p className={styles.nothing}>{frame.nothingOpen} <kbd>a</kbd> {frame.nothingOpenEnd}</p>}
        </div>
      </div>
    </div>
  )
}
