import { openChance, type Chance } from './chance.ts'
import { dayMs, isoTime, presentMs } from './calendar.ts'
import { nameInChinese, nameInEnglish } from './names.ts'
import type { Language, TheirCustomer, TheirNote, TheirTier } from './types.ts'

const count = 500
const firstNumber = 1001
const shareOfChinese = 0.65

const tierWords: Readonly<Record<TheirTier, Readonly<Record<Language, string>>>> = {
  STANDARD: { zh: '普通会员', en: 'Standard member' },
  SILVER: { zh: '银卡会员', en: 'Silver member' },
  GOLD: { zh: '金卡会员', en: 'Gold member' },
  PLATINUM: { zh: '白金会员', en: 'Platinum member' },
  DIAMOND: { zh: '钻石合伙人', en: 'Diamond partner' },
}

const agents: readonly [string, ...string[]] = ['客服小李', '客服小周', '陈晓', 'Nora', 'Tom']

const remarks: Readonly<Record<Language, readonly [string, ...string[]]>> = {
  zh: [
    '客户希望工作日 18:00 以后联系。', '发票抬头已改为公司名称，税号已核对。', '投诉包装破损，已补发一件。',
    '习惯使用微信沟通，不接电话。', '企业客户，采购负责人，每季度下单一次。', '反馈 API 返回 429，已转技术支持。',
    '要求发顺丰，运费自理。', '收货地址为园区前台，请备注楼栋号。',
  ],
  en: [
    'Prefers email; please do not call before noon.', 'Asked for an invoice with the company name & VAT number.',
    'Parcel arrived damaged, replacement sent free of charge.', 'Uses our API; gets 429 at month end, forwarded to tech support.',
    'Buys for a team of 12, asks for quantity discounts.', 'Wants deliveries left with the neighbour (no. 14, "Haus B").',
  ],
}

/** The 500 customers. C-1001 is the one of every example: Chinese, gold, with notes. */
export const enrolCustomers = (): readonly TheirCustomer[] => {
  const chance = openChance(1_001)
  const rest = Array.from({ length: count - 1 }, (_, index) => enrol(firstNumber + 1 + index, chance))
  return [zhangWei, ...rest]
}

const zhangWei: TheirCustomer = {
  id: 'C-1001',
  name: '张伟',
  language: 'zh',
  email: 'zhang.wei@example.cn',
  phone: '+86 138 0013 8000',
  tier: 'GOLD',
  tierWord: tierWords.GOLD.zh,
  registeredAt: '2021-03-08T02:15:30.000Z',
  notes: [
    { text: '客户希望工作日 18:00 以后联系。', author: '客服小李', writtenAt: '2026-08-14T03:20:00.000Z' },
    { text: '要求电子发票，抬头：上海伟业科技有限公司。', author: '客服小周', writtenAt: '2026-09-30T09:05:12.000Z' },
    { text: '询问分批发货的第二个包裹 <急>，已联系顺丰核实。', author: '陈晓', writtenAt: '2026-11-17T10:41:55.000Z' },
  ],
}

const enrol = (number: number, chance: Chance): TheirCustomer => {
  const language = chance.happens(shareOfChinese) ? 'zh' : 'en'
  const { name, mailbox } = language === 'zh' ? nameInChinese(chance) : nameInEnglish(chance)
  const tier = drawTier(chance)
  const registeredMs = presentMs - chance.between(330, 2_900) * dayMs - chance.between(0, 86_399) * 1000
  return {
    id: `C-${number}`,
    name,
    language,
    email: chance.happens(0.03) ? null : `${mailbox}${number}@${domain(language, chance)}`,
    phone: chance.happens(0.05) ? null : drawPhone(language, chance),
    tier,
    tierWord: tierWords[tier][language],
    registeredAt: isoTime(registeredMs),
    notes: drawNotes(language, chance),
  }
}

const drawTier = (chance: Chance): TheirTier => {
  const roll = chance.fraction()
  if (roll < 0.55) return 'STANDARD'
  if (roll < 0.8) return 'SILVER'
  if (roll < 0.93) return 'GOLD'
  return roll < 0.985 ? 'PLATINUM' : 'DIAMOND'
}

/** Domains that are kept for examples, so that no mail ever reaches a stranger. */
const domain = (language: Language, chance: Chance) =>
  language === 'zh' ? 'example.cn' : chance.pick(['example.com', 'example.org', 'example.net'])

const drawPhone = (language: Language, chance: Chance) =>
  language === 'zh'
    ? `+86 1${chance.pick(['38', '39', '50', '59', '86', '88', '99'])} ${chance.digits(4)} ${chance.digits(4)}`
    : chance.pick([
      `+1 ${chance.pick(['212', '415', '617'])} 555 01${chance.digits(2)}`,
      `+44 20 7946 0${chance.digits(3)}`,
      `+49 30 23125 ${chance.digits(3)}`,
    ])

const drawNotes = (language: Language, chance: Chance): readonly TheirNote[] => {
  const howMany = chance.happens(0.3) ? chance.between(1, 3) : 0
  const ages = Array.from({ length: howMany }, () => chance.between(1, 300) * dayMs + chance.between(0, 35_999) * 1000)
  return ages.toSorted((a, b) => b - a).map((ageMs) => (
    { text: chance.pick(remarks[language]), author: chance.pick(agents), writtenAt: isoTime(presentMs - ageMs) }
  ))
}
