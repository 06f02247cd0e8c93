# DanQiao: English. Same keys and facts as zh.ftl.
# A code has two sentences: what happened, and what the person does next.

-resend = Resend
-test = Test connection
-systems = Systems
-mapping = Field mapping
-base = Base data

## NET: the other side cannot be reached

NET-101-what = { $system } cannot be reached: { $said }.
NET-101-do = It is tried again by itself; if it lasts longer than ten minutes, ask the administrator to check the network and the server address.
NET-102-what = { $system } did not answer within { $seconds } s.
NET-102-do = Nothing to do, it is tried again by itself; if it keeps happening, ask the administrator whether { $system } is overloaded.
NET-103-what = The connection to { $system } broke off: { $said }.
NET-103-do = Nothing to do: it is first checked whether the last call went through, and only then sent again.
NET-104-what = The server of { $system } failed (HTTP { $status }): { $said }.
NET-104-do = It is tried again by itself; if it goes on, pass this sentence to the administrator of { $system }.
NET-105-what = { $system } answered with something that cannot be read: { $said }.
NET-105-do = It is tried again by itself; if it goes on, ask the administrator to check the server address, and for a sign-in page or gateway in between.
NET-106-what = { $system } says that we ask too often: { $said }.
NET-106-do = Nothing to do, it goes on by itself at a slower pace; if it is frequent, ask the administrator to lower the parallel calls of this system.
NET-107-what = Bill { $number } is open in someone's editor: { $said }.
NET-107-do = Ask that person to save and close the bill; it is then tried again by itself.
NET-108-what = The server { $host } of { $system } is not known to the network.
NET-108-do = Ask the administrator to check the server address under “{ -systems }” and the name resolution of this machine.
NET-109-what = The security certificate of { $system } was not accepted: { $said }.
NET-109-do = Ask the administrator to renew the server's certificate, or to name a trusted certificate file under “{ -systems }”.

## SES: signed out

SES-201-what = The session with { $system } has ended.
SES-201-do = Nothing to do: we sign in again by ourselves and go on.
SES-202-what = The session with { $system } ended again right after it was renewed.
SES-202-do = Ask the administrator whether the integration user signs in elsewhere and is put out, then press “{ -test }”.
SES-203-what = { $system } refused the sign-in: { $said }.
SES-203-do = Ask the administrator to check user, password and keys under “{ -systems }”, then press “{ -test }”.

## DBT: outcome unknown

DBT-301-what = We do not know whether “{ $step }” of bill { $number } went through; nothing in the other system tells us.
DBT-301-do = Look for the key { $key } in the other system, then choose “It is there” or “It is not there, { -resend }”.
DBT-302-what = More than one record of form { $form } carries the key { $key } ({ $found }).
DBT-302-do = Open these records, choose the right one, and void the others in the other system.
DBT-303-what = “{ $step }” of bill { $number } was answered as done ({ $answered }), but it cannot be found again.
DBT-303-do = See whether { $answered } exists in the other system, then choose “It is there” or “It is not there, { -resend }”.
DBT-304-what = The OA request { $request } of bill { $number } shows more than one decision.
DBT-304-do = Open request { $request }, see which decision is the last, then choose the one that counts.

## DAT: the other system said no

DAT-401-what = { $system } did not accept bill { $number }: { $said }.
DAT-401-do = Correct the bill as the message says, then press “{ -resend }”.
DAT-402-what = { $number } is not to be found in { $system }.
DAT-402-do = Find out whether it was deleted; if so, press “Dismiss” and give the reason.
DAT-403-what = Form { $form } has no field { $field }: { $said }.
DAT-403-do = Ask the administrator to use another field under “{ -mapping }”, or to add { $field } in the other system.
DAT-404-what = Field { $field } is { $length } characters long; the other system takes at most { $limit }.
DAT-404-do = Shorten the text in the bill, or cut it under “{ -mapping }”, then press “{ -resend }”.
DAT-405-what = The value { $value } of field { $field } has too many decimals; the other system takes at most { $places }.
DAT-405-do = Enter at most { $places } decimals in the bill; values are never rounded for you.
DAT-406-what = Bill { $number } has no lines in { $table }.
DAT-406-do = Add lines to the bill, then submit it again.
DAT-407-what = Bill { $number } has { $lines } lines; the other system takes at most { $limit }.
DAT-407-do = Split the bill so that each has at most { $limit } lines, then submit again.
DAT-408-what = Field { $field } should be a number but is “{ $value }”.
DAT-408-do = Enter a number in the bill, or correct the source under “{ -mapping }”, then press “{ -resend }”.
DAT-409-what = Bill { $number } reads back differently: field { $field } was sent as “{ $sent }” and reads “{ $found }”.
DAT-409-do = Compare both bills, then choose to accept the other system's value, or correct it and go on.
DAT-410-what = { $number } in { $system } cannot be read: { $said }.
DAT-410-do = Open it in { $system }; if it opens there, pass this sentence to the administrator.

## MAP: no counterpart

MAP-501-what = The required field { $target } of flow “{ $flow }” has no source.
MAP-501-do = Write and publish a rule for { $target } under “{ -mapping }”; the bills go on by themselves.
MAP-502-what = The { $kind } “{ $erp_code }” on bill { $number } has no counterpart in the other system yet.
MAP-502-do = Match it under “{ -base }”, and the bill goes on by itself; all gaps of this bill: { $gaps }.
MAP-503-what = The rule “{ $expression }” is wrong at character { $position }: { $expected } is expected there.
MAP-503-do = Correct the rule under “{ -mapping }”, look at the preview, then publish.
MAP-504-what = The organisation “{ $company }” of bill { $number } belongs to no connected company.
MAP-504-do = Add a company for organisation “{ $company }” under “{ -systems }”, or correct the organisation in the bill.
MAP-505-what = The organisation “{ $company }” of bill { $number } belongs to several companies, so we cannot tell where it goes.
MAP-505-do = Leave organisation “{ $company }” with one company only under “{ -systems }”.
MAP-506-what = “{ $person }”, who made bill { $number }, has no counterpart in the OA.
MAP-506-do = Choose an OA person for “{ $person }” under “{ -base }”, or set the company's stand-in applicant under “{ -systems }”.

## RUL: a rule said no

RUL-601-what = Bill { $number } breaks a rule: { $said }.
RUL-601-do = Correct the bill as the message says, then submit it again.
RUL-602-what = Bill { $number } is still in approval, but someone has audited it in the ERP by hand.
RUL-602-do = Choose to accept the audit and end the OA request, or un-audit the bill and let the approval go on.
RUL-603-what = Bill { $number } has downstream bills and cannot be sent back: { $said }.
RUL-603-do = Undo the downstream bills in the ERP, the last one first; it is then tried again by itself.
RUL-604-what = The OA request { $request } of bill { $number } was ended by force; nobody said yes or no.
RUL-604-do = Find out why it was ended, then choose to send it for approval again or back to its maker.
RUL-605-what = The OA form was changed in approval: field { $field } of bill { $number } went from “{ $sent }” to “{ $found }”.
RUL-605-do = Ask the approver, then choose to go on with the original or to send it back to its maker.
RUL-606-what = After bill { $number } was returned, someone handed in request { $request } again in the OA itself.
RUL-606-do = Choose to accept it, or have its maker take back request { $request } and submit from the ERP.
RUL-607-what = Bill { $number } is suddenly not to be found in the ERP (missing at the same time: { $count }); perhaps a right was lost and nothing deleted.
RUL-607-do = Ask the administrator to check what the integration user may see, then choose “Really deleted” or “Keep waiting”.
RUL-608-what = The OA request { $request } of bill { $number } is not to be found any more.
RUL-608-do = Find out in the OA whether it was deleted, then choose to send it for approval again or back to its maker.
RUL-609-what = Bill { $number } was changed after it was sent: field { $field } was “{ $sent }” and is now “{ $found }”.
RUL-609-do = Choose to withdraw and approve again, to send the new content, or to accept it with two persons.
RUL-610-what = Bill { $number } was changed while it was being audited: field { $field } was approved as “{ $sent }” and is now “{ $found }”.
RUL-610-do = Check it at once; if the content is wrong, un-audit the bill in the ERP and put it right.

## PER: rights and set-up

PER-701-what = The integration user may not handle { $number } in { $system }: { $said }.
PER-701-do = Ask the administrator of { $system } to grant the right, then press “{ -resend }”.
PER-702-what = Form { $form } of { $system } lacks the field { $field }, which carries the key, or the field is too short for it.
PER-702-do = Ask the administrator to give { $form } in { $system } a text field { $field } of at least 30 characters, then switch the flow on.
PER-703-what = The flow file { $file } is wrong in line { $line }: { $said }.
PER-703-do = Ask the administrator to correct this line, or to roll back to the last published version.
PER-704-what = The data was written by a newer version ({ $found }); this program knows only up to { $known }.
PER-704-do = Install the newer program, and do not open this data with an old one.
PER-705-what = The data “{ $where }” cannot be opened: { $said }.
PER-705-do = Check disk space and folder rights; if the file is damaged, restore the latest backup.
PER-706-what = “{ $field }” of { $system } is not stored on this machine yet.
PER-706-do = Enter it again under “{ -systems }”, or have the administrator set the environment variable { $variable }.
PER-707-what = The clocks of this machine and { $system } differ by { $seconds } s; writing is paused.
PER-707-do = Ask the administrator to switch on time synchronisation on both; below 60 s it goes on by itself.
PER-708-what = Bill { $number } in { $system } carries the key { $key }, which this machine does not know; another machine may be at work.
PER-708-do = Stop the engine on the other machine; when only this one is left, resume the company.
PER-709-what = The data “{ $where }” is in use by another program.
PER-709-do = Close the other window, or wait until it is done, then try again.
PER-710-what = The site file { $file } is wrong in line { $line }: { $said }.
PER-710-do = Correct this line, or export the site again and import that file.
PER-711-what = { $system } reports a licence problem: { $said }.
PER-711-do = Ask the administrator of { $system } to check the licences and their dates, then press “{ -test }”.
PER-712-what = The integration user no longer sees the bills of form { $form } in { $system } (missing: { $count }); perhaps the right to view was withdrawn.
PER-712-do = Ask the administrator to restore the right to view { $form }; until then nothing is cancelled or sent back.
PER-713-what = The system “{ $system }” is not known.
PER-713-do = Ask the administrator to see under “{ -systems }” whether it was removed or renamed.
PER-714-what = { $system } cannot do “{ $what }”.
PER-714-do = Do this step by hand in { $system }, or ask the administrator to adapt the flow.
PER-715-what = What was entered is not right: { $said }.
PER-715-do = Correct it and try again.
PER-716-what = “{ $person }” is not allowed to do “{ $order }”.
PER-716-do = Ask a colleague who is allowed to, or ask the administrator to change your role.

## BUG: ours

BUG-901-what = The program failed inside: { $said }.
BUG-901-do = Press “Copy details” and send them to support; no bill is sent twice because of this.

## States of a document, and what needs a person

state-found = To send
state-requested = In approval
state-approved = Approved
state-rejected = Rejected
state-withdrawn = Withdrawn
state-saved = Created
state-submitted = Submitted
state-audited = Audited in ERP
state-cleared = Cleared
state-done = Audited
state-returned = Returned
state-cancelled = Cancelled
state-handed_over = Entered by hand
state-dismissed = Dismissed
state-doubt = In doubt
state-person = To handle
state-round = round { $round }

class-transient = Passing fault
class-session = Signed out
class-in_doubt = In doubt
class-data = Wrong data
class-mapping = Unmapped
class-rule = Refused by a rule
class-permission = Not permitted
class-internal = Program fault

remedy-retry = Tried again by itself
remedy-decide = Please choose
remedy-fix = Please correct
remedy-report = Please report

## Flows and their steps

kind_of_flow-approval = Approval flow
kind_of_flow-generation = Generation flow
kind_of_flow-gate = Invoice gate

flow-sales_order = Sales order
flow-payment_request = Payment request
flow-purchase_requisition = Requisition
flow-purchase_order = Purchase order
flow-inquiry = Inquiry
flow-expense = Expense claim
flow-claim = Claim
flow-purchase_invoice = Purchase invoice

step-open_request = Send for approval
step-read_decision = Read the decision
step-cancel_request = Take back the OA request
step-close_request = End the OA request
step-return_request = Return the OA request
step-submit_request = Hand on the OA request
step-audit_bill = Audit the bill
step-note_bill = Write back the opinions
step-send_back = Send back the bill
step-save_bill = Create the bill
step-submit_bill = Submit the bill
step-push_bill = Push down the bill
step-delete_bill = Delete the bill
step-write_back = Write back to the OA
step-upload = Upload attachments
step-attach = Attach files
step-clear = Reserve the deduction
step-release = Release the deduction

outcome-intent = Under way
outcome-done = Done
outcome-refused = Refused
outcome-lost = Not delivered
outcome-in_doubt = In doubt

order-retry = Resend
order-settle = Check the outcome
order-hand_over = Entered by hand
order-dismiss = Dismiss
order-run_now = Sync now
order-make_again = Make again
order-pause = Pause
order-resume = Resume
order-publish = Publish
order-cancel_request = Take back the OA request

kind-customer = customer
kind-supplier = supplier
kind-material = material
kind-unit = unit
kind-department = department
kind-employee = employee
kind-user = user
kind-currency = currency
kind-exchange_rate = exchange rate
kind-settlement_method = settlement method
kind-payment_terms = payment terms
kind-tax_rate = tax rate
kind-account = account
kind-expense_item = expense item
kind-project = project
kind-warehouse = warehouse
kind-organisation = organisation
kind-bank_account = bank account
kind-bill_type = bill type
kind-cost_center = cost centre

role-admin = Administrator
role-mapping = Consultant
role-clerk = Finance
role-auditor = Auditor

## Systems: the connection form and its test

vendor-k3cloud = Kingdee K/3 Cloud
vendor-ecology = Weaver e-cology 9
system-erp = ERP
system-oa = OA

field-common-title = Name
field-common-base_url = Server address
field-common-vendor = Product
field-common-connect_s = Connect time-out (s)
field-common-read_s = Answer time-out (s)
field-common-settle_s = Wait before checking (s)
field-common-parallel = Parallel calls
field-common-batch = Bills per call
field-common-rate_per_s = Calls per second at most
field-common-verify_tls = Verify certificate
field-common-proxy = Proxy server
field-common-zone = Server time zone
field-common-lcid = Language
field-common-user = User
field-common-password = Password
field-common-app_id = App ID
field-common-app_secret = App secret

field-k3cloud-acct_id = Account set (data centre) ID
field-k3cloud-user = Integration user
field-k3cloud-password = Integration user's password
field-k3cloud-app_id = App ID
field-k3cloud-app_secret = App secret
field-k3cloud-lcid = Language code
field-k3cloud-org_number = Default organisation number
field-k3cloud-sign_in = Way of signing in
field-k3cloud-sign_hash = Signature hash
field-k3cloud-read_batch = Bills per read
field-k3cloud-page_rows = Rows per page
field-k3cloud-filter_in = Filter style
field-k3cloud-link_hash = Deep link signature hash
field-k3cloud-link_permit = Deep link permit type
field-k3cloud-zone = Server time zone

field-ecology-app_id = App ID (APPID)
field-ecology-user_id = Monitoring account (person ID)
field-ecology-secrit = Registration secret
field-ecology-spk = System public key
field-ecology-public_key = Our public key
field-ecology-private_key = Our private key
field-ecology-sso_secret = Single sign-on key
field-ecology-token_s = Token lifetime (s)
field-ecology-page_size = Rows per page
field-ecology-list = Request list interface
field-ecology-title_length = Longest title
field-ecology-varchar = Text length in bytes or characters
field-ecology-link = Deep link style
field-ecology-sso_app_id = Single sign-on app ID
field-ecology-realm = Name of this OA instance
field-ecology-zone = Server time zone

check-dns = Name resolution
check-tcp = Network
check-tls = Certificate
check-registered = App registration
check-sign_in = Sign-in
check-account_set = Account set
check-person = Monitoring account
check-rights = Rights
check-key_field = Key field
check-clock = Clock difference

## The shell

app-name = DanQiao
app-latin = DanQiao
app-title = DanQiao
nav-work = Work
nav-setup = Set-up
nav-review = Review
page-overview = Overview
page-queue = Queue
page-failures = Failures
page-mapping = Field mapping
page-base = Base data
page-systems = Systems
page-audit = Audit
page-settings = Settings

status-engine-starting = Engine starting
status-engine-running = Engine running
status-engine-paused = Engine paused
status-engine-stopped = Engine not running
status-engine-elsewhere = Engine runs in another window
status-next = next run { $when }
status-in-seconds = in { $seconds } s
status-erp-ok = ERP up
status-erp-held = ERP unreachable
status-erp-unknown = ERP not checked
status-oa-ok = OA up
status-oa-held = OA unreachable
status-oa-unknown = OA not checked
status-person = { $count } to handle
environment-production = Production
environment-test = Test
environment-demo = Demo

palette-open = Find anything
palette-hint = Type a bill number, page or command
palette-none = Nothing found. Try another number, or only a part of it.
palette-pages = Pages
palette-commands = Commands
palette-bills = Bills
palette-searching = Looking for bills
command-run-now = Sync now
command-dark = Use the dark theme
command-light = Use the light theme
command-english = Switch to English
command-chinese = Switch to 中文
command-close-panel = Close the panel
command-next-row = Next row
command-previous-row = Previous row
command-copy = Copy the chosen rows
command-quit = Quit
menu-more = More
menu-view = View
menu-actions = Actions

button-retry = Try again
button-copy-details = Copy details
button-copied = Copied
button-refresh = Refresh
button-close = Close
button-cancel = Cancel
button-clear = Clear
sort-up = Sort ascending
sort-down = Sort descending
column-choose = Choose columns
chip-remove = Remove the filter “{ $name }”

updates-waiting = { $count ->
    [one] 1 update
   *[other] { $count } updates
}
empty-title = Nothing here yet
empty-hint = New records will show up here.
error-title = The content could not be read
page-loading = Getting ready
page-broken = This page could not be opened
starting-failed = The data folder could not be opened

list-separator = ,
lapse-now = just now
lapse-minutes = { $count } min
lapse-hours = { $count } h
lapse-days = { $count } d

## Command line and demo

door-no-screen = There is no screen, so the engine runs without a window; press Ctrl+C to stop it.
door-no-screen-demo = There is no screen, so the demo runs without a window.
door-serving = The engine is running; press Ctrl+C to stop it.
door-nothing-on = No flow is switched on. Import a site file first (site import) and set the flow's "on" to true.
door-imported = Imported: { $systems } systems, { $routes } routes, { $base_data } base data rows.
door-registered = Registered with the OA system "{ $system }"; its two values are in the keyring.
door-trail-whole = The audit trail is whole and unchanged.
door-trail-broken = The audit trail is broken from line { $number } on; ask the administrator to look into it.
demo-flow = Flow
demo-company = Company
demo-documents = Documents
demo-done = Done
demo-returned = Returned
demo-cancelled = Cancelled
demo-failed = Needs a person
demo-as-expected = As expected
demo-sum = Rounds { $rounds }, duplicates { $duplicates }, lost { $lost }, { $calls } calls per document, { $seconds } seconds.
