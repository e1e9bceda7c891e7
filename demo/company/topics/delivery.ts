import { bullets, heading, panel, paragraph, steps, table } from '../storage-format.ts'
import { topic, type Topic } from './topic.ts'

type Carrier = { readonly zh: string; readonly en: string; readonly hotline: string; readonly pattern: string }

const carriers: readonly Carrier[] = [
  { zh: '顺丰速运', en: 'SF Express', hotline: '95338', pattern: 'SF + 13 位 / digits' },
  { zh: '圆通速递', en: 'YTO Express', hotline: '95554', pattern: 'YT + 13 位 / digits' },
  { zh: '中通快递', en: 'ZTO Express', hotline: '95311', pattern: 'ZTO7 + 11 位 / digits' },
  { zh: '京东物流', en: 'JD Logistics', hotline: '950616', pattern: 'JD0 + 13 位 / digits' },
  { zh: 'DHL 国际快递', en: 'DHL', hotline: '95380', pattern: '10 位 / digits' },
  { zh: 'UPS 国际快递', en: 'UPS', hotline: '400-820-8388', pattern: '1Z + 16' },
]

const tracking = ({ zh, en, hotline, pattern }: Carrier): Topic => topic(
  'SUP',
  [
    `如何查询物流：${zh}`,
    paragraph(`${zh}的运单号格式为 <code>${pattern}</code>。下面说明物流状态的含义，以及异常时如何处理。`),
    heading('状态说明'),
    table(['状态', '含义', '客服怎么说'], ['运输中', '已离开仓库', '请耐心等待'], ['派送中', '快递员已取件派送', '当天送达，请保持电话畅通'], ['异常件', '地址不详或无人签收', '核对地址与电话']),
    heading('超过 48 小时没有更新'),
    steps('核对运单号，排除抄写错误。', `拨打 ${zh}客服 ${hotline}，报运单号查件。`, '48&nbsp;小时内无结果的，按丢件处理并补发。'),
    panel('note', '请勿把客户电话直接发给快递员，系统会自动转接虚拟号。'),
  ],
  [
    `How to track a parcel: ${en}`,
    paragraph(`Tracking numbers of ${en} look like <code>${pattern}</code>. What each status means, and what to do when a parcel is stuck.`),
    heading('What the status means'),
    table(
      ['Status', 'Meaning', 'Tell the customer'],
      ['In transit', 'It has left our warehouse', 'Nothing to do yet'],
      ['Out for delivery', 'The courier has it', 'It comes today'],
      ['Exception', 'Address incomplete or nobody at home', 'Please check address &amp; phone'],
    ),
    heading('No news for 48 hours'),
    steps(
      'Check the tracking number for typing errors.',
      `Call ${en} (${hotline}) and ask for the parcel.`,
      'Without a result after another 48&nbsp;hours, treat it as lost and send a replacement.',
    ),
    panel('note', 'Never give the customer&rsquo;s number to the courier: calls are put through a virtual number.'),
  ],
)

type Region = {
  readonly zh: string
  readonly en: string
  readonly days: string
  readonly freeFrom: string
  readonly customsZh: string
  readonly customsEn: string
}

const regions: readonly Region[] = [
  { zh: '中国大陆', en: 'mainland China', days: '1&ndash;3', freeFrom: '¥99', customsZh: '无', customsEn: 'none' },
  {
    zh: '港澳台',
    en: 'Hong Kong, Macao and Taiwan',
    days: '3&ndash;6',
    freeFrom: '¥599',
    customsZh: '收件人实名',
    customsEn: 'name as on the identity card',
  },
  {
    zh: '欧盟',
    en: 'the European Union',
    days: '4&ndash;7',
    freeFrom: '€150',
    customsZh: '150 欧元以下含增值税（IOSS）',
    customsEn: 'VAT included up to €150 (IOSS)',
  },
  {
    zh: '英国',
    en: 'the United Kingdom',
    days: '4&ndash;8',
    freeFrom: '£130',
    customsZh: '135 英镑以上由收件人缴税',
    customsEn: 'above £135 the recipient pays',
  },
  { zh: '美国', en: 'the United States', days: '5&ndash;9', freeFrom: '$120', customsZh: '按 HTS 编码征税', customsEn: 'duty by HTS code' },
  { zh: '偏远地区', en: 'remote areas', days: '5&ndash;12', freeFrom: '&mdash;', customsZh: '无', customsEn: 'none' },
]

const region = ({ zh, en, days, freeFrom, customsZh, customsEn }: Region): Topic => topic(
  'SUP',
  [
    `配送时效与运费：${zh}`,
    paragraph(`发往<strong>${zh}</strong>的订单，自发货起 ${days}&nbsp;天送达。`),
    table(['项目', '说明'], ['时效', `${days}&nbsp;天`], ['包邮门槛', freeFrom], ['清关', customsZh]),
    heading('不能承诺的事'),
    bullets('具体到小时的送达时间。', '节假日与恶劣天气期间的时效。', '海关查验所需的时间。'),
  ],
  [
    `Delivery times and fees: ${en}`,
    paragraph(`Orders to <strong>${en}</strong> arrive ${days}&nbsp;days after dispatch.`),
    table(['Item', 'Rule'], ['Time', `${days}&nbsp;days`], ['Free from', freeFrom], ['Customs', customsEn]),
    heading('Never promise'),
    bullets('An hour of delivery.', 'Times over public holidays or in bad weather.', 'How long customs will take.'),
  ],
)

export const delivery: readonly Topic[] = [...carriers.map(tracking), ...regions.map(region)]
