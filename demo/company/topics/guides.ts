import { bullets, heading, panel, paragraph, steps } from '../storage-format.ts'
import { topic, type Topic } from './topic.ts'

/** What a guide says in one language: the title, what it is about, three or so steps, and what to mind. */
export type GuideText = readonly [title: string, about: string, steps: readonly string[], mind: string]

export const guide = (space: Topic['space'], zh: GuideText, en: GuideText): Topic => topic(
  space,
  [
    zh[0],
    paragraph(zh[1]),
    heading('步骤'),
    steps(...zh[2]),
    panel('warning', zh[3]),
    heading('适用范围'),
    bullets('个人与企业客户', '网站、App&nbsp;与小程序订单'),
  ],
  [
    en[0],
    paragraph(en[1]),
    heading('Steps'),
    steps(...en[2]),
    panel('warning', en[3]),
    heading('Where it holds'),
    bullets('Private and business customers', 'Orders by web, app &amp; mini program'),
  ],
)
