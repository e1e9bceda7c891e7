import { trainIntents } from '../../subgraphs/routing/intents/classifier.ts'
import type { IntentExample } from '../../subgraphs/intent-examples.ts'
import type { IntentModel, TrainingOptions } from '../../subgraphs/routing/intents/classifier.ts'

/** Few intents in two languages, in plain words. */
const written: Readonly<Record<string, readonly string[]>> = {
  refund: [
    'I want my money back', 'when will I get my refund', 'please refund my payment', 'the refund has not arrived yet', 'how do I ask for a refund', 'refund to my credit card',
    '我要退款', '退款什么时候到账', '请把钱退给我', '怎么申请退款', '退款还没有收到', '退款会退到银行卡吗',
  ],
  delivery: [
    'where is my parcel', 'when will my package be delivered', 'the courier did not come', 'track my shipment', 'my parcel is late', 'delivery takes too long',
    '我的快递到哪了', '包裹什么时候送到', '物流信息不更新', '快递员没有来', '包裹晚到了', '查一下快递单号',
  ],
  password: [
    'I forgot my password', 'how do I reset my password', 'I can not log in', 'change my password please', 'login fails with the right password', 'my account is locked after login',
    '我忘记密码了', '怎么重置密码', '登录不了账号', '帮我修改密码', '密码正确但登录失败', '账号被锁定不能登录',
  ],
  invoice: [
    'send me an invoice', 'I need an invoice for my order', 'the invoice has the wrong company name', 'where can I download invoices', 'invoice with tax number', 'my invoice is missing',
    '请给我开发票', '发票抬头写错了', '怎么下载电子发票', '需要增值税发票', '发票还没有开', '发票的税号不对',
  ],
}

export const intentExamples: readonly IntentExample[] = Object.entries(written).flatMap(([intent, texts]) => texts.map((text) => ({ text, intent })))

/** Trains while something else keeps the process alive, as a hub's doors do. Gives how often a timer ticked meanwhile, too. */
export const trainAlive = async (examples: readonly IntentExample[], opt: TrainingOptions = { cacheDirectory: null }): Promise<{ readonly model: IntentModel; readonly ticks: number }> => {
  const seen = { ticks: 0 }
  const timer = setInterval(() => void (seen.ticks += 1), 1)
  try {
    return { model: await trainIntents(examples, opt), ticks: seen.ticks }
  } finally {
    clearInterval(timer)
  }
}
