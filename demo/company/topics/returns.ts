import { bullets, heading, panel, paragraph, table } from '../storage-format.ts'
import { topic, type Topic } from './topic.ts'

type Category = {
  readonly zh: string
  readonly en: string
  readonly days: number
  readonly mustZh: readonly string[]
  readonly mustEn: readonly string[]
  readonly fee: string
}

const categories: readonly Category[] = [
  {
    zh: '键盘与鼠标',
    en: 'keyboards and mice',
    days: 15,
    mustZh: ['键帽与接收器齐全', '无进液痕迹'],
    mustEn: ['all keycaps and the receiver', 'no trace of liquid'],
    fee: '¥12 / $6',
  },
  {
    zh: '显示器',
    en: 'monitors',
    days: 7,
    mustZh: ['原包装与泡沫', '亮点不超过 3 个可拒收退货'],
    mustEn: ['original box and foam', 'up to 3 bright pixels are within the standard'],
    fee: '¥40 / $25',
  },
  {
    zh: '移动硬盘与固态硬盘',
    en: 'drives',
    days: 7,
    mustZh: ['退回前请删除个人数据', '序列号标签完好'],
    mustEn: ['personal data deleted by the customer', 'serial number label intact'],
    fee: '¥12 / $6',
  },
  {
    zh: '耳机与音箱',
    en: 'headphones and speakers',
    days: 15,
    mustZh: ['耳塞套因卫生原因不退', '充电盒一并退回'],
    mustEn: ['ear tips are not taken back, for hygiene', 'with the charging case'],
    fee: '¥12 / $6',
  },
  {
    zh: '桌椅等大件',
    en: 'desks and chairs',
    days: 7,
    mustZh: ['须预约上门取件', '已组装的请先拆开'],
    mustEn: ['collection by appointment', 'taken apart again'],
    fee: '¥90 / $60',
  },
  { zh: '已拆封商品', en: 'opened goods', days: 7, mustZh: ['配件齐全', '外观无划痕'], mustEn: ['all accessories', 'no scratches'], fee: '5&nbsp;%' },
]

export const returns: readonly Topic[] = categories.map(({ zh, en, days, mustZh, mustEn, fee }) => topic(
  'SUP',
  [
    `退货政策：${zh}`,
    paragraph(`<strong>${zh}</strong>自签收之日起 ${days}&nbsp;天内可以无理由退货；质量问题 30&nbsp;天内免费退换。`),
    heading('退货条件'),
    bullets(...mustZh, '附退货单 <em>（随箱或自行打印）</em>'),
    table(['情形', '运费', '时限'], ['无理由', fee, `${days}&nbsp;天`], ['质量问题', '免费', '30&nbsp;天'], ['发错货', '免费', '60&nbsp;天']),
    panel('info', '仓库收到后 2&nbsp;个工作日内验货，验货通过后启动退款。'),
  ],
  [
    `Returns: ${en}`,
    paragraph(`Within ${days}&nbsp;days of delivery <strong>${en}</strong> can be returned without a reason; faulty ones within 30, free of charge.`),
    heading('Conditions'),
    bullets(...mustEn, 'with the return slip <em>(in the box, or printed)</em>'),
    table(
      ['Case', 'Fee', 'Within'],
      ['No reason', fee, `${days}&nbsp;days`],
      ['Faulty', 'free', '30&nbsp;days'],
      ['Wrong goods', 'free', '60&nbsp;days'],
    ),
    panel('info', 'The warehouse inspects within 2&nbsp;working days; the refund starts after that.'),
  ],
))
