import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { signIn, SignInRefused } from '../session/session.ts'
import type { Identity, SignIn as How } from '../session/session.ts'
import { useLanguage } from '../words/language.ts'
import { useWords } from '../words/words.ts'
import { Mark } from '../fuses/mark.tsx'
import { Choices } from './choices.tsx'
import styles from './sign-in.module.css'

type SignInProps = {
  /** Of the demo; elsewhere there are none. */
  readonly identities: readonly Identity[]
  /** A session was there, and has ended. */
  readonly wasLost: boolean
  readonly onSignedIn: (token: string) => void
}

type Failure = 'refused' | 'unreached' | null

export const SignIn = ({ identities, wasLost, onSignedIn }: SignInProps) => {
  const { frame } = useWords()
  const language = useLanguage()
  const [token, setToken] = useState('')
  const [failure, setFailure] = useState<Failure>(null)
  const enter = async (how: How) => {
    setFailure(null)
    try {
      const session = await signIn(how)
      if (session.state === 'SIGNED_IN') onSignedIn(session.token)
    } catch (error) {
      setFailure(error instanceof SignInRefused ? 'refused' : 'unreached')
    }
  }
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <h1><Mark size={32} /> {frame.name}</h1>
        {wasLost && <p role="alert">{frame.sessionLost}</p>}
        {failure !== null && <p role="alert" className={styles.failure}>{failure === 'refused' ? frame.signInRefused : frame.hubUnreachable}</p>}
        {identities.length > 0 && (
          <section aria-label={frame.signInTitle}>
            <p>{frame.signInDemo}</p>
            <ul className={styles.people}>
              {identities.map(({ id, name, role, departments, about }) => (
                <li key={id}>
                  <button type="button" data-identity={id} onClick={() => void enter({ identity: id })}>
                    <strong>{name}</strong> {about[language]}
                    <span>{frame.roles[role]} · {departments.length === 0 ? frame.everyDepartment : departments.join(', ')}</span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
        <form onSubmit={(event) => { event.preventDefault(); void enter({ token: token.trim() }) }}>
          <TextInput label={identities.length > 0 ? frame.orToken : frame.signInToken} description={frame.signInTokenHint} value={token} onChange={(event) => setToken(event.target.value)} type="password" autoComplete="off" />
          <Button type="submit" mt="sm" disabled={token.trim() === ''}>{frame.signIn}</Button>
        </form>
        <Choices />
      </div>
    </main>
  )
}
