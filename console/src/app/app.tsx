import { ApolloProvider } from '@apollo/client/react'
import { notifications } from '@mantine/notifications'
import { useCallback, useEffect, useState } from 'react'
import { ConsoleProvider, openConsole, SessionLost } from '../console.ts'
import type { Console } from '../console.ts'
import { readSession, signOut } from '../session/session.ts'
import type { Identity } from '../session/session.ts'
import { useWords } from '../words/words.ts'
import { Failing } from './failing.tsx'
import { go } from './route.ts'
import { Shell } from './shell.tsx'
import { SignIn } from './sign-in.tsx'
import styles from './shell.module.css'

type State =
  | { readonly is: 'STARTING' }
  | { readonly is: 'UNREACHED' }
  | { readonly is: 'SIGNED_OUT'; readonly wasLost: boolean }
  | { readonly is: 'OPENING'; readonly token: string }
  | { readonly is: 'OPEN'; readonly hub: Console }

const retryMs = 3_000

/** What follows from each state, until the next; gives back what ends it. */
const useSteps = (state: State, setState: (state: State) => void, setIdentities: (identities: readonly Identity[]) => void) => {
  useEffect(() => {
    let isCurrent = true
    const to = (next: State) => {
      if (isCurrent) setState(next)
    }
    const read = () => readSession().then((session) => {
      if (!isCurrent) return
      setIdentities(session.identities)
      to(session.state === 'SIGNED_IN' ? { is: 'OPENING', token: session.token } : { is: 'SIGNED_OUT', wasLost: session.reason === 'ENDED' })
    }).catch(() => to({ is: 'UNREACHED' }))
    const open = (token: string) => openConsole(token, () => setState({ is: 'SIGNED_OUT', wasLost: true })).then((hub) => {
      if (isCurrent) setState({ is: 'OPEN', hub })
      else hub.close()
    }).catch((error: unknown) => to(error instanceof SessionLost ? { is: 'SIGNED_OUT', wasLost: true } : { is: 'UNREACHED' }))
    let timer: ReturnType<typeof setTimeout> | undefined
    if (state.is === 'STARTING') void read()
    if (state.is === 'OPENING') void open(state.token)
    if (state.is === 'UNREACHED') timer = setTimeout(() => to({ is: 'STARTING' }), retryMs)
    return () => {
      isCurrent = false
      clearTimeout(timer)
      if (state.is === 'OPEN') state.hub.close()
    }
  }, [state, setState, setIdentities])
}

export const App = () => {
  const [state, setState] = useState<State>({ is: 'STARTING' })
  const [identities, setIdentities] = useState<readonly Identity[]>([])
  const { frame } = useWords()
  useSteps(state, setState, setIdentities)
  const leave = useCallback(() => {
    void signOut().catch(() => {}).then(() => {
      // Nothing of one agent's is there for the next at this machine.
      notifications.clean()
      go({ at: 'INBOX', conversationId: null })
      setState({ is: 'SIGNED_OUT', wasLost: false })
    })
  }, [])
  switch (state.is) {
    case 'STARTING':
    case 'OPENING': return <p className={styles.nothing} aria-busy="true">{frame.loading}</p>
    case 'UNREACHED': return <p className={styles.nothing} role="alert">{frame.hubUnreachable}. {frame.hubUnreachableHint}</p>
    case 'SIGNED_OUT': return <SignIn identities={identities} wasLost={state.wasLost} onSignedIn={(token) => setState({ is: 'OPENING', token })} />
    case 'OPEN': return (
      <ConsoleProvider value={state.hub}>
        <ApolloProvider client={state.hub.client}><Failing><Shell onSignOut={leave} /></Failing></ApolloProvider>
      </ConsoleProvider>
    )
  }
}
