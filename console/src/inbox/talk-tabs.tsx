import { go } from '../app/route.ts'
import { useConsole } from '../console.ts'
import type { Talk } from '../conversation/talk.ts'
import { emptyInbox } from './inbox.ts'
import { openStore, useStore } from '../store.ts'
import { useWords } from '../words/words.ts'
import styles from './talk-tabs.module.css'

/** Of who has no inbox. */
const nobodys = openStore(emptyInbox)

const Tab = ({ talk, isOpen }: { readonly talk: Talk; readonly isOpen: boolean }) => {
  const { talks, desk } = useConsole()
  const { chat, frame, inbox } = useWords()
  const name = useStore(talk.transcript, ({ conversation }) => conversation?.visitor.displayName) ?? frame.loading
  const unread = useStore(desk?.inbox ?? nobodys, ({ rows }) => rows.get(talk.id)?.unread ?? 0)
  const leave = () => {
    talks.leave(talk.id)
    if (isOpen) go({ at: 'INBOX', conversationId: talks.open.get().at(-1)?.id ?? null })
  }
  return (
    <span className={styles.tab} data-open={isOpen}>
      <button type="button" aria-current={isOpen} onClick={() => go({ at: 'INBOX', conversationId: talk.id })}>
        {name}{unread > 0 && !isOpen && <b aria-label={inbox.unread(unread)}>{unread}</b>}
      </button>
      <button type="button" aria-label={chat.closeTab(name)} onClick={leave}>×</button>
    </span>
  )
}

/** The conversations that are open, several of them. */
export const TalkTabs = ({ talks, openId }: { readonly talks: readonly Talk[]; readonly openId: string | null }) => {
  const { chat } = useWords()
  if (talks.length < 2) return null
  return <nav className={styles.tabs} aria-label={chat.open}>{talks.map((talk) => <Tab key={talk.id} talk={talk} isOpen={talk.id === openId} />)}</nav>
}
