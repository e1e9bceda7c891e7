import { MantineProvider } from '@mantine/core'
import type { MantineColorScheme, MantineColorSchemeManager } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { setNonce } from 'get-nonce'
import { createRoot } from 'react-dom/client'
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '@mantine/spotlight/styles.css'
import './app/base.css'
import { App } from './app/app.tsx'
import { useTheme } from './app/theme.ts'
import { rememberChoice } from './words/language.ts'

/** What the hub allows styles with: of this page alone. */
const nonceOf = (): string => document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? ''

const isScheme = (value: string | undefined): value is MantineColorScheme => value === 'light' || value === 'dark' || value === 'auto'

/** The hub writes the choice into the page, from the cookie: nothing flashes. */
const schemes: MantineColorSchemeManager = {
  get: (otherwise) => {
    const scheme = document.cookie.split('; ').find((one) => one.startsWith('fuseboard_color_scheme='))?.split('=')[1]
    return isScheme(scheme) ? scheme : otherwise
  },
  set: (value) => rememberChoice('color_scheme', value),
  subscribe: () => {},
  unsubscribe: () => {},
  clear: () => {},
}

const Page = () => (
  <MantineProvider theme={useTheme()} getStyleNonce={nonceOf} colorSchemeManager={schemes} defaultColorScheme="auto">
    <Notifications position="bottom-right" />
    <App />
  </MantineProvider>
)

const root = document.getElementById('root')
if (!root) throw new Error('the page has no #root')
setNonce(nonceOf())
createRoot(root).render(<Page />)
