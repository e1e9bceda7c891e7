import { bullets, heading, pageLink, panel, paragraph, steps, table } from '../storage-format.ts'
import { topic, type Topic } from './topic.ts'

type Method = {
  readonly zh: string
  readonly en: string
  readonly least: number
  readonly most: number
  readonly hintZh: string
  readonly hintEn: string
}

const methods: readonly Method[] = [
  {
    zh: '支付宝',
    en: 'Alipay',
    least: 1,
    most: 3,
    hintZh: '退回原支付宝账户或花呗额度',
    hintEn: 'It returns to the Alipay balance or the credit line that paid',
  },
  {
    zh: '微信支付',
    en: 'WeChat Pay',
    least: 1,
    most: 3,
    hintZh: '零钱即时到账，银行卡以银行为准',
    hintEn: 'The wallet is credited at once; a card takes as long as its bank',
  },
  {
    zh: '银联卡',
    en: 'UnionPay card',
    least: 3,
    most: 7,
    hintZh: '部分城市商业银行需要 10 个工作日',
    hintEn: 'A few city banks take up to 10 working days',
  },
  {
    zh: 'Visa / Mastercard',
    en: 'Visa and Mastercard',
    least: 5,
    most: 10,
    hintZh: '按入账日汇率结算，可能有汇差',
    hintEn: 'The bank converts on the day of booking, so amounts may differ',
  },
  {
    zh: 'PayPal',
    en: 'PayPal',
    least: 1,
    most: 5,
    hintZh: '超过 180 天的交易只能人工打款',
    hintEn: 'Payments older than 180 days must be refunded by hand',
  },
  {
    zh: '对公转账',
    en: 'bank transfer',
    least: 3,
    most: 5,
    hintZh: '须提供与开票抬头一致的账户',
    hintEn: 'The account must belong to the company on the invoice',
  },
]

export const refunds: readonly Topic[] = methods.map(({ zh, en, least, most, hintZh, hintEn }) => topic(
  'SUP',
  [
    `退款到账时间：${zh}`,
    paragraph(`客户通过<strong>${zh}</strong>付款时，退款原路返回，一般需要 ${least}&ndash;${most}&nbsp;个工作日。`),
    heading('处理步骤'),
    steps('核对订单状态：已支付、已发货或已签收的订单可以退款，已取消的不可以。', '在订单页点击&ldquo;申请退款&rdquo;，填写金额和原因。', '把退款编号发给客户，并说明到账时间。'),
    table(['环节', '时限'], ['客服审核', '4&nbsp;小时内'], ['财务放款', '1&nbsp;个工作日'], ['渠道到账', `${least}&ndash;${most}&nbsp;个工作日`]),
    panel('info', `${hintZh}。`),
    paragraph(`另见 ${pageLink('退货政策：已拆封商品', '退货政策')}。`),
  ],
  [
    `How long a refund takes: ${en}`,
    paragraph(`A refund of an order paid by <strong>${en}</strong> goes back the way it came, in ${least}&ndash;${most}&nbsp;working days.`),
    heading('What to do'),
    steps(
      'Check the order: paid, shipped and delivered orders can be refunded, cancelled ones cannot.',
      'Choose &ldquo;Request refund&rdquo; and enter amount and reason.',
      'Send the refund number to the customer and tell them when to expect it.',
    ),
    table(
      ['Step', 'Time'],
      ['Review by support', '4&nbsp;hours'],
      ['Release by accounting', '1&nbsp;working day'],
      ['Booking', `${least}&ndash;${most}&nbsp;working days`],
    ),
    panel('info', `${hintEn}.`),
    heading('When it is late'),
    bullets(
      'Compare the refund number with the customer&rsquo;s statement.',
      `Past ${most + 2}&nbsp;working days, open a ticket for <em>finance</em>.`,
    ),
  ],
))
