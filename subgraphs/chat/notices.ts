import type { Language } from '../routing-decision.ts'

/* What the hub itself says to a visitor. */

type Closed = { readonly language: Language; readonly department: string; /** Unix milliseconds; null where it can't be told. */ readonly opensAt: number | null; readonly zone: string }

const locales = { zh: 'zh-CN', en: 'en-GB' } as const satisfies Readonly<Record<Language, string>>

const opening = ({ language, opensAt, zone }: Closed): string | null => {
  if (opensAt === null) return null
  const options = { weekday: 'short', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone } as const
  return `${new Intl.DateTimeFormat(locales[language], options).format(opensAt)} (${zone})`
}

/** Said before anybody waits: nobody is there now, when somebody will be, and that nothing is lost. */
export const closedNotice = (closed: Closed): string => {
  const { language, department } = closed
  const at = opening(closed)
  if (language === 'zh') return `${department}现在不在服务时间${at === null ? '' : `，将于 ${at} 恢复服务`}。您的留言已经保存，上班后会有人回复您。`
  return `${department} is closed now${at === null ? '' : ` and opens ${at}`}. Your message is kept, and somebody will answer it then.`
}
