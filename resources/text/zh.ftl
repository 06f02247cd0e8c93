# 单桥 DanQiao: 简体中文 (first language). Same keys and facts as en.ftl.
# A code has two sentences: what happened, and what the person does next.

-resend = 重发
-test = 测试连接
-systems = 系统与公司
-mapping = 字段映射
-base = 基础资料

## NET: the other side cannot be reached

NET-101-what = 连不上 { $system }：{ $said }。
NET-101-do = 系统会自动重试；如果十分钟后仍未恢复，请管理员检查网络和服务器地址。
NET-102-what = { $system } 超过 { $seconds } 秒没有应答。
NET-102-do = 不用操作，系统会自动重试；如果反复出现，请管理员检查 { $system } 是否过于繁忙。
NET-103-what = 与 { $system } 的连接中途断开：{ $said }。
NET-103-do = 不用操作，系统会先查清上一次是否已经办成，再决定要不要重发。
NET-104-what = { $system } 的服务器出错（HTTP { $status }）：{ $said }。
NET-104-do = 系统会自动重试；如果一直出现，请把这句话转给 { $system } 的管理员。
NET-105-what = { $system } 返回了无法识别的内容：{ $said }。
NET-105-do = 系统会自动重试；如果一直出现，请管理员检查服务器地址是否填对、中间是否被登录页或网关拦截。
NET-106-what = { $system } 提示访问过于频繁：{ $said }。
NET-106-do = 不用操作，系统会放慢速度后自动继续；如果经常出现，请管理员调低该系统的并发数。
NET-107-what = 单据 { $number } 正被别人打开编辑：{ $said }。
NET-107-do = 请让对方保存并关闭这张单据，系统会自动重试。
NET-108-what = 找不到 { $system } 的服务器 { $host }。
NET-108-do = 请管理员在“{ -systems }”里核对服务器地址，并检查本机的域名解析。
NET-109-what = { $system } 的安全证书没有通过验证：{ $said }。
NET-109-do = 请管理员更新服务器证书，或在“{ -systems }”里指定可信的证书文件。

## SES: signed out

SES-201-what = { $system } 的登录会话已失效。
SES-201-do = 不用操作，系统会自动重新登录并继续。
SES-202-what = { $system } 的登录会话刚恢复又失效了。
SES-202-do = 请管理员检查集成账号是否在别处登录而被踢下线，然后点“{ -test }”。
SES-203-what = { $system } 拒绝登录：{ $said }。
SES-203-do = 请管理员在“{ -systems }”里核对账号、密码和密钥，然后点“{ -test }”。

## DBT: outcome unknown

DBT-301-what = 不知道单据 { $number } 的“{ $step }”办成了没有，对方系统里查不出来。
DBT-301-do = 请到对方系统按防重键 { $key } 查找，再选择“已经有了”或“没有，{ -resend }”。
DBT-302-what = 表单 { $form } 里带着同一个防重键 { $key } 的单据不止一张（{ $found }）。
DBT-302-do = 请打开这些单据核对，选定正确的一张，其余的在对方系统里作废。
DBT-303-what = 单据 { $number } 的“{ $step }”对方已答复成功（{ $answered }），再去查却查不到。
DBT-303-do = 请到对方系统查看 { $answered } 是否存在，再选择“已经有了”或“没有，{ -resend }”。
DBT-304-what = 单据 { $number } 的 OA 流程 { $request } 查到不止一个审批结果。
DBT-304-do = 请打开 OA 流程 { $request } 核对最后的结果，再选择以哪一个为准。

## DAT: the other system said no

DAT-401-what = { $system } 没有接受单据 { $number }：{ $said }。
DAT-401-do = 请按对方的提示改好单据，然后点“{ -resend }”。
DAT-402-what = 在 { $system } 里找不到 { $number }。
DAT-402-do = 请确认它是否已被删除；确实已删除的，请点“忽略”并写明原因。
DAT-403-what = 表单 { $form } 里没有字段 { $field }：{ $said }。
DAT-403-do = 请管理员在“{ -mapping }”里改用现有字段，或在对方系统里补建 { $field }。
DAT-404-what = 字段 { $field } 的内容有 { $length } 个字，对方最多只收 { $limit } 个字。
DAT-404-do = 请缩短原单里的内容，或在“{ -mapping }”里改为截取，然后点“{ -resend }”。
DAT-405-what = 字段 { $field } 的值 { $value } 小数位太多，对方最多 { $places } 位。
DAT-405-do = 请在原单里改为最多 { $places } 位小数；系统不会替您四舍五入。
DAT-406-what = 单据 { $number } 的明细 { $table } 一行也没有。
DAT-406-do = 请在原单里补上明细行，然后重新提交。
DAT-407-what = 单据 { $number } 有 { $lines } 行明细，超过对方的上限 { $limit } 行。
DAT-407-do = 请把单据拆开，每张不超过 { $limit } 行，然后重新提交。
DAT-408-what = 字段 { $field } 应为数字，实际是“{ $value }”。
DAT-408-do = 请在原单里改成数字，或在“{ -mapping }”里改正来源，然后点“{ -resend }”。
DAT-409-what = 单据 { $number } 写入后读回不一致：字段 { $field } 发出“{ $sent }”，读回“{ $found }”。
DAT-409-do = 请打开两边的单据核对，再选择认可对方的值，或改正后重新处理。
DAT-410-what = { $system } 里的 { $number } 读不出来：{ $said }。
DAT-410-do = 请在 { $system } 里打开它；如果能正常打开，请把这句话转给管理员。

## MAP: no counterpart

MAP-501-what = 流程“{ $flow }”的必填字段 { $target } 没有来源。
MAP-501-do = 请到“{ -mapping }”为 { $target } 填写规则并发布，相关单据会自动继续。
MAP-502-what = 单据 { $number } 用到的{ $kind }“{ $erp_code }”在另一个系统里还没有对应。
MAP-502-do = 请到“{ -base }”补上对应，补好后单据会自动继续；本单全部缺口：{ $gaps }。
MAP-503-what = 规则“{ $expression }”在第 { $position } 个字符处写错了，这里应为 { $expected }。
MAP-503-do = 请到“{ -mapping }”改正这条规则，预览无误后发布。
MAP-504-what = 单据 { $number } 的组织“{ $company }”不属于任何一家已接入的公司。
MAP-504-do = 请到“{ -systems }”为组织“{ $company }”添加公司，或在原单里改正组织。
MAP-505-what = 单据 { $number } 的组织“{ $company }”同时属于几家公司，无法判断送往哪里。
MAP-505-do = 请到“{ -systems }”让组织“{ $company }”只属于一家公司。
MAP-506-what = 单据 { $number } 的制单人“{ $person }”在 OA 里没有对应的人员。
MAP-506-do = 请到“{ -base }”为“{ $person }”选择 OA 人员，或在“{ -systems }”里设置这家公司的默认申请人。

## RUL: a rule said no

RUL-601-what = 单据 { $number } 不符合规则：{ $said }。
RUL-601-do = 请按提示修改原单，然后重新提交。
RUL-602-what = 单据 { $number } 还在 OA 审批中，ERP 里却已有人手工审核。
RUL-602-do = 请选择认可手工审核并结束 OA 流程，或在 ERP 反审核后继续走审批。
RUL-603-what = 单据 { $number } 已有下游单据，不能退回：{ $said }。
RUL-603-do = 请在 ERP 里从最后一张下游单据开始逐张撤销，系统会自动再试。
RUL-604-what = 单据 { $number } 的 OA 流程 { $request } 被强制结束，没有人同意或拒绝。
RUL-604-do = 请问清流程为何被结束，再选择重新送审，或退回给制单人。
RUL-605-what = 审批途中 OA 表单被改：单据 { $number } 的字段 { $field } 由“{ $sent }”变成“{ $found }”。
RUL-605-do = 请与审批人核对，再选择按原内容继续，或退回给制单人重新提交。
RUL-606-what = 单据 { $number } 退回后，有人在 OA 里直接重新提交了流程 { $request }。
RUL-606-do = 请选择认可这次提交，或让制单人在 OA 撤掉流程 { $request }，改从 ERP 提交。
RUL-607-what = 单据 { $number } 在 ERP 里突然查不到（同时查不到的共 { $count } 张），可能是权限丢失而不是被删除。
RUL-607-do = 请管理员先检查集成账号的查看权限，再选择“确已删除”或“继续等待”。
RUL-608-what = 单据 { $number } 的 OA 流程 { $request } 查不到了。
RUL-608-do = 请在 OA 里确认它是否被删除，再选择重新送审，或退回给制单人。
RUL-609-what = 单据 { $number } 送审后被改：字段 { $field } 送审时是“{ $sent }”，现在是“{ $found }”。
RUL-609-do = 请选择撤回重审、按新内容重新送审，或由两人确认接受。
RUL-610-what = 单据 { $number } 在审核的同时被改：字段 { $field } 批准的是“{ $sent }”，现在是“{ $found }”。
RUL-610-do = 请马上核对；内容不对的，请在 ERP 里反审核并改回。

## PER: rights and set-up

PER-701-what = 集成账号在 { $system } 里没有权限处理 { $number }：{ $said }。
PER-701-do = 请 { $system } 的管理员给集成账号补上权限，然后点“{ -resend }”。
PER-702-what = { $system } 的表单 { $form } 缺少存放防重键的字段 { $field }，或者这个字段太短。
PER-702-do = 请管理员在 { $system } 里给 { $form } 加上文本字段 { $field }（至少 30 个字符），然后再打开流程。
PER-703-what = 流程文件 { $file } 第 { $line } 行有误：{ $said }。
PER-703-do = 请管理员改正这一行；改不了时，请回退到上一个已发布的版本。
PER-704-what = 这份数据由更新的版本写成（{ $found }），本程序只认得到 { $known }。
PER-704-do = 请安装新版程序，不要用旧版打开这份数据。
PER-705-what = 打不开数据“{ $where }”：{ $said }。
PER-705-do = 请检查磁盘空间和文件夹权限；文件已损坏的，请从最近的备份恢复。
PER-706-what = 本机还没有保存 { $system } 的“{ $field }”。
PER-706-do = 请在“{ -systems }”里重新填写，或由管理员设置环境变量 { $variable }。
PER-707-what = 本机时间与 { $system } 相差 { $seconds } 秒，已暂停写入。
PER-707-do = 请管理员打开本机和服务器的自动校时，相差不到 60 秒后会自动继续。
PER-708-what = { $system } 的单据 { $number } 带着本机不认得的防重键 { $key }，另一台机器可能也在同步。
PER-708-do = 请停掉另一台机器的引擎；确认只剩这一台后，再恢复这家公司。
PER-709-what = 数据“{ $where }”正被另一个程序占用。
PER-709-do = 请关闭另一个窗口，或等它做完后再试一次。
PER-710-what = 配置方案文件 { $file } 第 { $line } 行有误：{ $said }。
PER-710-do = 请改正这一行，或重新导出配置方案后再导入。
PER-711-what = { $system } 提示许可不足：{ $said }。
PER-711-do = 请 { $system } 的管理员检查许可数量和有效期，然后点“{ -test }”。
PER-712-what = 集成账号在 { $system } 里看不到表单 { $form } 的单据了（{ $count } 张），可能是查看权限被收回。
PER-712-do = 请管理员恢复集成账号对 { $form } 的查看权限；恢复前系统不会撤销或退回任何单据。
PER-713-what = 找不到系统“{ $system }”。
PER-713-do = 请管理员在“{ -systems }”里检查它是否被删除或改名。
PER-714-what = { $system } 做不到“{ $what }”。
PER-714-do = 请在 { $system } 里手工完成这一步，或请管理员调整流程。
PER-715-what = 填写的内容不对：{ $said }。
PER-715-do = 请改正后再试一次。
PER-716-what = “{ $person }”没有权限执行“{ $order }”。
PER-716-do = 请有权限的同事来操作，或请管理员调整您的角色。

## BUG: ours

BUG-901-what = 程序内部出错：{ $said }。
BUG-901-do = 请点“复制详情”发给技术支持；单据不会因此重复送出。

## States of a document, and what needs a person

state-found = 待送审
state-requested = 审批中
state-approved = 已同意
state-rejected = 已拒绝
state-withdrawn = 已撤回
state-saved = 已生成
state-submitted = 已提交
state-audited = ERP 已审核
state-cleared = 已放行
state-done = 已审核
state-returned = 已退回
state-cancelled = 已撤销
state-handed_over = 已手工录入
state-dismissed = 已忽略
state-doubt = 结果未知
state-person = 需处理
state-round = 第 { $round } 轮

class-transient = 暂时故障
class-session = 会话失效
class-in_doubt = 结果未知
class-data = 数据错误
class-mapping = 对应缺失
class-rule = 业务拒绝
class-permission = 权限不足
class-internal = 程序错误

remedy-retry = 自动重试
remedy-decide = 请选择
remedy-fix = 请改正
remedy-report = 请报告

## Flows and their steps

kind_of_flow-approval = 审批流
kind_of_flow-generation = 生成流
kind_of_flow-gate = 开票控制

flow-sales_order = 销售订单
flow-payment_request = 付款申请
flow-purchase_requisition = 采购申请
flow-purchase_order = 采购订单
flow-inquiry = 询价单
flow-expense = 费用报销
flow-claim = 索赔折让
flow-purchase_invoice = 采购发票

step-open_request = 送审
step-read_decision = 取审批结果
step-cancel_request = 撤回 OA 流程
step-close_request = 结束 OA 流程
step-return_request = 退回 OA 流程
step-submit_request = 提交 OA 流程
step-audit_bill = 审核单据
step-note_bill = 回写审批意见
step-send_back = 退回单据
step-save_bill = 生成单据
step-submit_bill = 提交单据
step-push_bill = 下推单据
step-delete_bill = 删除单据
step-write_back = 回写 OA
step-upload = 上传附件
step-attach = 添加附件
step-clear = 占用扣减
step-release = 释放扣减

outcome-intent = 进行中
outcome-done = 已完成
outcome-refused = 被拒绝
outcome-lost = 未送达
outcome-in_doubt = 结果未知

order-retry = 重发
order-settle = 查证结果
order-hand_over = 已手工录入
order-dismiss = 忽略
order-run_now = 立即同步
order-make_again = 重新生成
order-pause = 暂停
order-resume = 恢复
order-publish = 发布
order-cancel_request = 撤回 OA 流程

kind-customer = 客户
kind-supplier = 供应商
kind-material = 物料
kind-unit = 计量单位
kind-department = 部门
kind-employee = 员工
kind-user = 用户
kind-currency = 币别
kind-exchange_rate = 汇率
kind-settlement_method = 结算方式
kind-payment_terms = 付款条件
kind-tax_rate = 税率
kind-account = 科目
kind-expense_item = 费用项目
kind-project = 项目
kind-warehouse = 仓库
kind-organisation = 组织
kind-bank_account = 银行账号
kind-bill_type = 单据类型
kind-cost_center = 成本中心

role-admin = 管理员
role-mapping = 实施顾问
role-clerk = 财务
role-auditor = 审计

## Systems: the connection form and its test

vendor-k3cloud = 金蝶云星空
vendor-ecology = 泛微 e-cology 9
system-erp = ERP
system-oa = OA

field-common-title = 名称
field-common-base_url = 服务器地址
field-common-vendor = 产品
field-common-connect_s = 连接超时（秒）
field-common-read_s = 应答超时（秒）
field-common-settle_s = 查证等待（秒）
field-common-parallel = 并发数
field-common-batch = 每批张数
field-common-rate_per_s = 每秒最多请求数
field-common-verify_tls = 验证证书
field-common-proxy = 代理服务器
field-common-zone = 服务器时区
field-common-lcid = 语言
field-common-user = 用户名
field-common-password = 密码
field-common-app_id = 应用 ID
field-common-app_secret = 应用密钥

field-k3cloud-acct_id = 账套（数据中心）ID
field-k3cloud-user = 集成用户
field-k3cloud-password = 集成用户密码
field-k3cloud-app_id = 应用 ID
field-k3cloud-app_secret = 应用密钥
field-k3cloud-lcid = 语言代码
field-k3cloud-org_number = 默认组织编码
field-k3cloud-sign_in = 登录方式
field-k3cloud-sign_hash = 签名算法
field-k3cloud-read_batch = 每次读取张数
field-k3cloud-page_rows = 每页行数
field-k3cloud-filter_in = 筛选写法
field-k3cloud-link_hash = 直达链接签名算法
field-k3cloud-link_permit = 直达链接许可方式
field-k3cloud-zone = 服务器时区

field-ecology-app_id = 应用 ID（APPID）
field-ecology-user_id = 监控账号（人员 ID）
field-ecology-secrit = 注册密钥
field-ecology-spk = 系统公钥
field-ecology-public_key = 本机公钥
field-ecology-private_key = 本机私钥
field-ecology-sso_secret = 单点登录密钥
field-ecology-token_s = 令牌有效期（秒）
field-ecology-page_size = 每页条数
field-ecology-list = 流程列表接口
field-ecology-title_length = 标题最大长度
field-ecology-varchar = 文本长度按字节或字符
field-ecology-link = 直达链接方式
field-ecology-sso_app_id = 单点登录应用 ID
field-ecology-realm = OA 实例标识
field-ecology-zone = 服务器时区

check-dns = 域名解析
check-tcp = 网络连通
check-tls = 安全证书
check-registered = 应用注册
check-sign_in = 登录
check-account_set = 账套
check-person = 监控账号
check-rights = 权限
check-key_field = 防重键字段
check-clock = 时间误差

## The shell

app-name = 单桥
app-latin = DanQiao
app-title = 单桥 DanQiao
nav-work = 工作
nav-setup = 配置
nav-review = 核查
page-overview = 总览
page-queue = 单据队列
page-failures = 失败处理
page-mapping = 字段映射
page-base = 基础资料
page-systems = 系统与公司
page-audit = 审计
page-settings = 设置

status-engine-starting = 引擎启动中
status-engine-running = 引擎运行中
status-engine-paused = 引擎已暂停
status-engine-stopped = 引擎未运行
status-engine-elsewhere = 引擎在另一个窗口运行
status-next = 下次 { $when }
status-in-seconds = { $seconds } 秒后
status-erp-ok = ERP 正常
status-erp-held = ERP 连不上
status-erp-unknown = ERP 未检查
status-oa-ok = OA 正常
status-oa-held = OA 连不上
status-oa-unknown = OA 未检查
status-person = 待处理 { $count }
environment-production = 正式环境
environment-test = 测试环境
environment-demo = 演示环境

palette-open = 查找单据或命令
palette-hint = 输入单号、页面或命令
palette-none = 没有找到。可以换一个单号，或只输入其中一段。
palette-pages = 页面
palette-commands = 命令
palette-bills = 单据
palette-searching = 正在查找单据
command-run-now = 立即同步
command-dark = 换成深色
command-light = 换成浅色
command-english = 切换到 English
command-chinese = 切换到中文
command-close-panel = 关闭面板
command-next-row = 下一条
command-previous-row = 上一条
command-copy = 复制所选行
command-quit = 退出
menu-more = 更多
menu-view = 视图
menu-actions = 操作

button-retry = 重试
button-copy-details = 复制详情
button-copied = 已复制
button-refresh = 刷新
button-close = 关闭
button-cancel = 取消
button-clear = 清除
sort-up = 升序
sort-down = 降序
column-choose = 选择列
chip-remove = 去掉条件“{ $name }”

updates-waiting = { $count } 条有更新
empty-title = 这里还没有内容
empty-hint = 有新的记录时会出现在这里。
error-title = 没能取到内容
page-loading = 正在准备
page-broken = 这一页没能打开
starting-failed = 没能打开数据文件夹

list-separator = 、
lapse-now = 刚刚
lapse-minutes = { $count } 分钟
lapse-hours = { $count } 小时
lapse-days = { $count } 天

## Command line and demo

door-no-screen = 没有可用的屏幕，引擎改为无窗口运行；按 Ctrl+C 停止。
door-no-screen-demo = 没有可用的屏幕，演示改为无窗口运行。
door-serving = 引擎正在运行；按 Ctrl+C 停止。
door-nothing-on = 没有启用任何流程。请先导入站点文件（site import），并把流程的 on 设为 true。
door-imported = 已导入：{ $systems } 个系统，{ $routes } 条路线，{ $base_data } 行基础资料对应。
door-registered = 已在 OA 系统“{ $system }”登记，两个密钥已存入系统钥匙串。
door-trail-whole = 操作留痕完整，未被改动。
door-trail-broken = 操作留痕从第 { $number } 行起不再连续，请联系管理员核查。
demo-flow = 流程
demo-company = 公司
demo-documents = 单据
demo-done = 已审核
demo-returned = 已退回
demo-cancelled = 已撤销
demo-failed = 需处理
demo-as-expected = 符合预期
demo-sum = 审批轮次 { $rounds }，重复 { $duplicates }，丢失 { $lost }，每张单据 { $calls } 次调用，用时 { $seconds } 秒。
