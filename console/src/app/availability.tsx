import { Menu } from '@mantine/core'
import { useState } from 'react'
import { SetAvailabilityDocument } from '../../gql/graphql.ts'
import type { Availability as Is } from '../../gql/graphql.ts'
import { useConsole } from '../console.ts'
import { useWords } from '../words/words.ts'
import styles from './availability.module.css'

const choices = ['ONLINE', 'AWAY'] as const
const signs = { ONLINE: '●', AWAY: '◐', OFFLINE: '○' } as const

/** Whether the agent is offered conversations. */
export const Availability = () => {
  const { me, client } = useConsole()
  const { frame } = useWords()
  const [now, setNow] = useState<Is>(me.agent?.availability === 'AWAY' ? 'AWAY' : 'ONLINE')
  const names = { ONLINE: frame.online, AWAY: frame.away, OFFLINE: frame.offline }
  const choose = (availability: Is) =>
    client.mutate({ mutation: SetAvailabilityDocument, variables: { availability } }).then(({ data }) => setNow(data.setAvailability?.availability ?? availability)).catch(() => {})
  return (
    <Menu>
      <Menu.Target><button type="button" className={styles.state} data-availability={now} aria-label={`${frame.availability}: ${names[now]}`}>{signs[now]} {names[now]}</button></Menu.Target>
      <Menu.Dropdown>{choices.map((one) => <Menu.Item key={one} onClick={() => void choose(one)}>{signs[one]} {names[one]}</Menu.Item>)}</Menu.Dropdown>
    </Menu>
  )
}
