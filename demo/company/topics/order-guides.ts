import { guide } from './guides.ts'
import type { Topic } from './topic.ts'

export const orderGuides: readonly Topic[] = [
  guide('SUP',
    ['取消订单', '未打包的订单可以直接取消，已打包的需要拦截。', ['确认订单状态为待付款或已付款。', '点击&ldquo;取消订单&rdquo;并选择原因。', '已付款的自动退款。'], '已出库的订单不能取消，请走退货流程。'],
    [
      'Cancelling an order',
      'An order that has not been packed can be cancelled; a packed one must be stopped in the warehouse.',
      ['Check that it is pending or paid.', 'Choose &ldquo;Cancel order&rdquo; and a reason.', 'What was paid is refunded by itself.'],
      'An order that has left cannot be cancelled: it is a return.',
    ]),
  guide('SUP',
    ['修改收货地址', '发货前可以改地址，发货后只能联系快递转寄。', ['核对客户身份（订单号与手机号后四位）。', '发货前：在订单页直接修改。', '发货后：联系快递转寄，费用由客户承担。'], '跨境订单发货后不能改地址。'],
    [
      'Changing the delivery address',
      'Before dispatch the address can be changed; afterwards only the carrier can redirect the parcel.',
      [
        'Check who asks: order number and the last four digits of the phone.',
        'Before dispatch: change it on the order page.',
        'After: ask the carrier; the customer pays.',
      ],
      'Parcels that cross a border cannot be redirected.',
    ]),
  guide('SUP',
    ['为什么一个订单有两个包裹', '商品来自不同仓库，或体积超限时，系统会拆成多个包裹。', ['在物流页查看每个包裹的运单号。', '告知客户各包裹的预计送达时间。', '全部签收后订单才会变为已签收。'], '部分签收不影响退货期限，以最后一个包裹为准。'],
    [
      'Why one order comes in two parcels',
      'Goods from different warehouses, or too large for one box, travel apart.',
      [
        'Look up the tracking number of each parcel.',
        'Tell the customer when to expect each.',
        'The order is delivered when all of them are.',
      ],
      'The time for returns starts with the last parcel.',
    ]),
  guide('SUP',
    ['订单被挂起（ON_HOLD）', '风控规则命中时，订单会被挂起，等待人工审核。', ['查看挂起原因代码。', '请客户补充付款人证明。', '风控组 1&nbsp;个工作日内答复。'], '不要向客户透露具体规则。'],
    [
      'An order is on hold',
      'An order that meets a risk rule waits for a person to look at it.',
      ['Look at the reason code.', 'Ask the customer for proof of the payer.', 'The risk team answers within 1&nbsp;working day.'],
      'Never tell the customer which rule it was.',
    ]),
  guide('SUP',
    ['价格保护', '签收后 7&nbsp;天内降价的商品，可以退差价。', ['对比下单价与现价（同规格、同促销）。', '申请部分退款，金额为差价。', '备注&ldquo;价保&rdquo;。'], '秒杀、以旧换新和企业协议价除外。'],
    [
      'Price protection',
      'Goods whose price falls within 7&nbsp;days of delivery: the difference is refunded.',
      [
        'Compare the price paid with the present one (same variant, same promotion).',
        'Request a partial refund of the difference.',
        'Write &ldquo;price protection&rdquo; as the reason.',
      ],
      'Flash sales, trade-ins and contract prices are excepted.',
    ]),
  guide('SUP',
    ['收到商品缺件或破损', '客户须在签收后 48&nbsp;小时内反馈。', ['请客户提供外箱、面单和商品照片。', '核对出库重量与录像。', '补发缺件，或安排换货。'], '金额超过 ¥2,000 的须主管批准。'],
    [
      'Something is missing or broken',
      'Customers tell us within 48&nbsp;hours of delivery.',
      [
        'Ask for photos of the box, the label and the goods.',
        'Compare the weight and the video of the warehouse.',
        'Send what is missing, or exchange the goods.',
      ],
      'Above ¥2,000 the team lead decides.',
    ]),
]
