//! Believable schemas: a table is `name / comment`, a column `  name | type | keys | comment | samples`.

pub(super) const ENGLISH_SHOP: &str = "
users
  id | bigint | pk | | 1,2,3
  email | varchar(255) | uq | | a@example.com,b@example.com
  first_name | varchar(80) | | | Ann,Bob
  last_name | varchar(80) | | | Lee,Ray
  phone_number | varchar(30) | | | 13800000000
  gender | varchar(10) | | | F,M
  date_of_birth | date
  created_at | timestamp with time zone | | | 2024-01-02 03:04:05
  updated_at | timestamp with time zone
  is_blocked | boolean | | | false
orders
  id | bigint | pk | | 10,11
  user_id | bigint | fk:users.id | | 1,2
  status | varchar(20) | | | paid,cancelled,refunded,pending
  total_amount | numeric(12,2) | | | 25.00,12.50
  payment_type | varchar(20) | | | card,cash
  created_at | timestamp with time zone | | | 2025-01-02 03:04:05
  shipped_at | timestamp with time zone
order_items
  id | bigint | pk | | 100,101
  order_id | bigint | fk:orders.id | | 10,11
  product_id | bigint | fk:products.id | | 7
  quantity | integer | | | 1,2
  unit_price | numeric(12,2) | | | 12.50
  line_total | numeric(12,2) | | | 12.50,25.00
products
  id | bigint | pk
  name | varchar(200) | | | Tea,Cup
  category | varchar(50) | | | Food,Home
  price | numeric(12,2)
loyalty_points_log
  id | bigint | pk
  user_id | bigint | fk:users.id | | 1
  points | integer | | | 10,-5
  type | varchar(20) | | | earn,redeem,expire
  created_at | timestamp with time zone
  expires_at | timestamp with time zone
";

pub(super) const CHINESE_ERP: &str = "
tb_a001 / 会员档案
  f01 | varchar(20) | pk | 会员编号，唯一 | V001,V002
  f02 | varchar(40) | | 会员姓名 | 张三,李四
  f03 | varchar(20) | | 手机号码 | 13800000000
  f04 | char(1) | | 性别:1男2女 | 1,2
  f05 | date | | 出生日期
  f06 | datetime | | 入会日期 | 2020-01-02 00:00:00
  f07 | varchar(40) | | 所属门店 | 东门店
  f08 | varchar(20) | | 推荐人 | V001
  f09 | tinyint(1) | | 是否黑名单 | 0,1
tb_a002 / 会员卡
  f01 | varchar(20) | pk | 卡号 | K001
  f02 | varchar(20) | | 会员编号 | V001
  f03 | varchar(20) | | 卡等级 | 金卡
  f04 | date | | 发卡日期 | 2020-01-02
  f05 | date | | 有效期至
  f06 | decimal(10,2) | | 工本费 | 10.00
  f07 | int | | 状态（0：正常；1：挂失；2：注销） | 0,1
tb_b010 / 销售明细
  f01 | bigint(20) | pk | 明细编号 | 1,2
  f02 | varchar(30) | | 订单编号 | D1,D2
  f03 | varchar(20) | | 会员编号 | V001,V002
  f04 | datetime | | 销售时间 | 2025-03-04 10:00:00,2025-03-05 11:00:00
  f05 | int | | 类型:1销售 2退货 3作废 | 1,2
  f06 | varchar(60) | | 商品名称 | 茶
  f07 | varchar(40) | | 商品大类 | 食品
  f08 | decimal(12,3) | | 数量 | 1.000,-1.000
  f09 | decimal(12,2) | | 实收金额 | 12.50,-12.50
  f10 | decimal(12,2) | | 应收金额 | 15.00,-15.00
  f11 | decimal(12,2) | | 优惠金额 | 2.50,-2.50
  f12 | varchar(40) | | 门店名称 | 东门店
  f13 | varchar(20) | | 营业员 | 王五
tb_c003 / 积分流水
  f01 | bigint(20) | pk | 流水号 | 1
  f02 | varchar(20) | | 会员编号 | V001
  f03 | datetime | | 发生时间 | 2025-03-04 10:00:00
  f04 | varchar(10) | | 类型 | 获得,兑换,清零
  f05 | int | | 积分 | 10,-5
  f06 | int | | 积分余额 | 10,5
  f07 | date | | 失效日期
  f08 | varchar(30) | | 订单编号 | D1
";

pub(super) const PINYIN: &str = "
t_hyda
  id | int | pk | | 1,2
  hykh | varchar(20) | uq | | 8001,8002
  hyxm | varchar(40) | | | 张三
  sjh | varchar(20) | | | 13800000000
  xb | char(2) | | | 男,女
  csrq | varchar(8) | | | 19800102,19911231
  kkrq | date | | | 2020-01-02
  kkmd | varchar(20) | | | 东门店
t_xsmx
  id | int | pk | | 1,2
  xsdh | varchar(30) | | | X1,X2
  hykh | varchar(20) | | | 8001,8002
  xsrq | datetime | | | 2025-03-04 10:00:00
  lx | varchar(8) | | | 销售,退货
  spmc | varchar(60) | | | 茶
  splb | varchar(40) | | | 食品
  sl | int | | | 1,-1
  dj | decimal(10,2) | | | 12.50
  xfje | decimal(10,2) | | | 12.50,-12.50
  yhje | decimal(10,2) | | | 0.00
  yyy | varchar(20) | | | 王五
t_jfls
  id | int | pk | | 1
  hykh | varchar(20) | | | 8001
  rq | datetime | | | 2025-03-04 10:00:00
  lx | varchar(8) | | | 消费积分,兑换
  jf | int | | | 10,-5
  jfye | int | | | 10,5
t_bmda
  bmbh | varchar(10) | pk | | B1
  bmmc | varchar(40) | | | 销售部
";

pub(super) const HEAD_AND_DETAIL: &str = "
members
  member_no | text | pk | | M1,M2
  full_name | text | | | Ann
  join_date | text | | | 2020-01-02
sales_orders
  order_no | text | pk | | S1,S2
  member_no | text | | | M1,M2
  order_date | text | | | 2025-03-04 10:00:00,2025-03-05 10:00:00
  order_type | text | | | sale,return
  store_name | text | | | East
  total_amount | real | | | 12.5
sales_order_lines
  order_no | text | pk | | S1,S2
  line_no | integer | pk | | 1,2
  product_name | text | | | Tea
  qty | real | | | 1.0,2.0
  amount | real | | | 12.5,-3.25
";

pub(super) const TILL: &str = "
vip
  vip_id | uuid | pk
  name | text | | | 张三
  mobile | text | | | 13800000000
  reg_time | bigint | | | 1700000000,1710000000
pos_sale_detail
  detail_id | bigint | pk | | 1,2,3
  receipt_no | text | | | R1,R2
  vip_id | uuid | fk:vip.vip_id
  sale_time | timestamp without time zone | | | 2025-03-04 10:00:00
  sale_type | text | | | 销售,退货,销售
  goods_name | text | | | 茶
  qty | integer | | | 1,1,2
  amount_fen | bigint | | 金额（分） | 1250,1250,300
points_record
  id | bigint | pk | | 1
  vip_id | uuid | fk:vip.vip_id
  change_time | timestamp without time zone | | | 2025-03-04 10:00:00
  change_points | integer | | | 10
  reason | text | | | 生日
";

pub(super) const BOOKS: &str = "
acc_customer / 客户
  cust_code | varchar(20) | pk | 客户编码 | C1
  cust_name | varchar(80) | | 客户名称 | 某公司
  cust_type | varchar(10) | | 客户类型 | 企业,个人
  industry | varchar(40) | | 行业 | 零售
  sales_rep | varchar(20) | | 业务员 | 王五
  start_date | date | | 合作日期
  state | int | | 状态 | 0,1
acc_voucher / 凭证
  id | bigint | pk
  voucher_no | varchar(20) | | 凭证号
  amount | decimal(14,2) | | 金额
  voucher_date | date | | 凭证日期
acc_supplier / 供应商
  sup_code | varchar(20) | pk | 供应商编码
  sup_name | varchar(80) | | 供应商名称
";

pub(super) const STRANGE: &str = "
sensors
  id | integer | pk
  location | text
  payload | json
readings
  sensor_id | integer | fk:sensors.id
  value | real
  taken | text
";

pub(super) const PARTNERS: &str = "
res_partner
  id | integer | pk | | 1
  name | varchar | | | Ann
  create_date | timestamp
sale_order
  id | integer | pk | | 1,2
  name | varchar | | | S1,S2
  date_order | timestamp | | | 2025-03-04 10:00:00
  partner_id | integer | fk:res_partner.id | | 1
  user_id | integer | | | 7
  state | varchar | | | sale,cancel
  amount_total | numeric | | | 11
sale_order_line
  id | integer | pk | | 1
  order_id | integer | fk:sale_order.id | | 1
  product_uom_qty | numeric | | | 1
  price_unit | numeric | | | 10
  price_total | numeric | | | 11.00
  create_date | timestamp | | | 2025-03-04 10:00:00
loyalty_card
  id | integer | pk
  partner_id | integer | fk:res_partner.id
  code | varchar | | | A1
  tier | varchar | | | gold
  create_date | timestamp
";
