import { useMemo, useState } from 'react'
import { CustomerProfileDocument } from '../../gql/graphql.ts'
import { askFor } from '../kit/ask-for.ts'
import { Block } from '../kit/block.tsx'
import { dateOf, momentOf } from '../kit/dates.ts'
import { neverAsked } from '../kit/freshness-words.ts'
import type { Asked } from '../kit/freshness-words.ts'
import { openKept } from '../kit/kept.ts'
import { useAsked } from '../kit/use-asked.ts'
import { useLanguage } from '../words/language.ts'
import { exactly } from '../words/times.ts'
import { useWords } from '../words/words.ts'
import { NoteForm } from './note-form.tsx'
import { readProfile } from './readings.ts'
import type { Profile, ProfileBlock as ProfileAnswer } from './readings.ts'
import styles from './customer.module.css'

const kept = openKept<Asked<ProfileAnswer>>(neverAsked)

export const ProfileBlock = ({ customerId }: { readonly customerId: string }) => {
  const { customer } = useWords()
  const ask = useMemo(() => askFor((client, sending) => client.query({ query: CustomerProfileDocument, variables: { id: customerId }, ...sending }), readProfile), [customerId])
  const asking = useAsked({ kept, key: customerId, ask, backend: 'crm' })
  return (
    <>
      <Block title={customer.profile} aside={customerId} asking={asking} lines={7} missing={customer.nothingYet}>
        {(found) => found.is === 'KNOWN'
          ? <ProfileCard profile={found.profile} />
          : <p className={styles.empty}>{found.is === 'UNKNOWN' ? customer.unknown(customerId) : customer.untold}</p>}
      </Block>
      {asking.asked.answer?.value.is === 'KNOWN' && <div className={styles.noteForm}><NoteForm customerId={customerId} onWritten={asking.refresh} /></div>}
    </>
  )
}

const ProfileCard = ({ profile }: { readonly profile: Profile }) => {
  const { customer } = useWords()
  const language = useLanguage()
  const { name, tier, tierText, email, phone, registeredAt, notes } = profile
  return (
    <>
      <p className={styles.name}>
        <bdi>{name}</bdi>
        <span className={styles.tier} data-tier={tier}>{tier === 'UNKNOWN' && tierText !== null ? tierText : customer.tiers[tier]}</span>
      </p>
      <dl className={styles.facts}>
        <dt>{customer.email}</dt><dd>{email === null ? <Absent /> : <bdi>{email}</bdi>}</dd>
        <dt>{customer.phone}</dt><dd>{phone === null ? <Absent /> : <bdi>{phone}</bdi>}</dd>
        <dt>{customer.since}</dt><dd>{registeredAt === null ? <Absent /> : <time dateTime={registeredAt} title={exactly(language, registeredAt)}>{dateOf(language, registeredAt)}</time>}</dd>
      </dl>
      {notes && <Notes notes={notes} />}
    </>
  )
}

const Absent = () => <span className={styles.absent}>{useWords().customer.none}</span>

const newestNotes = 2

/** The newest first; the CRM gives the oldest first. */
const Notes = ({ notes }: { readonly notes: NonNullable<Profile['notes']> }) => {
  const { customer } = useWords()
  const language = useLanguage()
  const [isOpen, setOpen] = useState(false)
  const newest = notes.toReversed()
  const older = notes.length - newestNotes
  return (
    <>
      <h4 className={styles.subtitle}>{customer.notes(notes.length)}</h4>
      <ul className={styles.notes}>
        {(isOpen ? newest : newest.slice(0, newestNotes)).map(({ text, author, writtenAt }, i) => (
          <li key={`${writtenAt}/${i}`}>
            <p className={styles.noteText}>{text}</p>
            <p className={styles.by}><time dateTime={writtenAt} title={exactly(language, writtenAt)}>{customer.noteBy(author, momentOf(language, writtenAt))}</time></p>
          </li>
        ))}
      </ul>
      {!isOpen && older > 0 && <button type="button" className={styles.more} onClick={() => setOpen(true)}>{customer.olderNotes(older)}</button>}
    </>
  )
}
