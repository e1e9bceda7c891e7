import { Spotlight } from '@mantine/spotlight'
import { useMemo } from 'react'
import { useConsole } from '../console.ts'
import { viewNames } from '../inbox/inbox.ts'
import { takeLongest } from '../inbox/taking.ts'
import { chooseLanguage, useLanguage } from '../words/language.ts'
import { useWords } from '../words/words.ts'
import { go } from './route.ts'

type PaletteProps = { readonly onHelp: () => void; readonly onSignOut: () => void }

/** It comes out of whatever is written in, too. */
const neverIgnored: string[] = []

/** Everything by one key, and beside each action the key that is shorter. */
export const Palette = ({ onHelp, onSignOut }: PaletteProps) => {
  const hub = useConsole()
  const { frame, inbox } = useWords()
  const language = useLanguage()
  const actions = useMemo(() => {
    const toInbox = viewNames.map((name) => ({
      id: name, label: `${frame.inbox}: ${inbox.views[name]}`, onClick: () => { hub.desk?.show(name); go({ at: 'INBOX', conversationId: null }) },
    }))
    const ofAgents = [{ id: 'accept', label: frame.keys.accept, rightSection: <kbd>a</kbd>, onClick: () => void takeLongest(hub) }, ...toInbox]
    return [
      ...hub.desk ? ofAgents : [],
      { id: 'fuses', label: frame.keys.fuses, rightSection: <kbd>g f</kbd>, onClick: () => go({ at: 'FUSES', trip: null }) },
      { id: 'language', label: frame.otherLanguage, onClick: () => chooseLanguage(language === 'en' ? 'zh' : 'en') },
      { id: 'help', label: frame.shortcuts, rightSection: <kbd>?</kbd>, onClick: onHelp },
      { id: 'sign-out', label: frame.signOut, onClick: onSignOut },
    ]
  }, [hub, frame, inbox, language, onHelp, onSignOut])
  return <Spotlight actions={actions} shortcut="mod + K" tagsToIgnore={neverIgnored} nothingFound={frame.nothing} searchProps={{ placeholder: frame.paletteHint, 'aria-label': frame.palette }} attributes={{ content: { 'aria-label': frame.palette } }} highlightQuery />
}
