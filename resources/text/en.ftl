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
NET-101-why = The server is down, the address or port is wrong, or the network or a firewall is in the way.
NET-102-what = { $system } did not answer within { $seconds } s.
NET-102-do = Nothing to do, it is tried again by itself; if it keeps happening, ask the administrator whether { $system } is overloaded.
NET-102-why = The other side did not finish within the agreed time, mostly because its server is busy.
NET-103-what = The connection to { $system } broke off: { $said }.
NET-103-do = Nothing to do: it is first checked whether the last call went through, and only then sent again.
NET-103-why = The network broke off after the call had left, so it was unknown whether it had arrived.
NET-104-what = The server of { $system } failed (HTTP { $status }): { $said }.
NET-104-do = It is tried again by itself; if it goes on, pass this sentence to the administrator of { $system }.
NET-104-why = The other side's program failed while it worked on the call.
NET-105-what = { $system } answered with something that cannot be read: { $said }.
NET-105-do = It is tried again by itself; if it goes on, ask the administrator to check the server address, and for a sign-in page or gateway in between.
NET-105-why = Something else than the interface answered: often a sign-in page, a gateway or a proxy.
NET-106-what = { $system } says that we ask too often: { $said }.
NET-106-do = Nothing to do, it goes on by itself at a slower pace; if it is frequent, ask the administrator to lower the parallel calls of this system.
NET-106-why = The other side limits how many calls it takes in a second.
NET-107-what = Bill { $number } is open in someone's editor: { $said }.
NET-107-do = Ask that person to save and close the bill; it is then tried again by itself.
NET-107-why = Somebody has the bill open for editing in the ERP, so nobody else can change it.
NET-108-what = The server { $host } of { $system } is not known to the network.
NET-108-do = Ask the administrator to check the server address under “{ -systems }” and the name resolution of this machine.
NET-108-why = The address is wrong, or this machine's name service does not know it.
NET-109-what = The security certificate of { $system } was not accepted: { $said }.
NET-109-do = Ask the administrator to renew the server's certificate, or to name a trusted certificate file under “{ -systems }”.
NET-109-why = The certificate has expired, was issued by an unknown authority, or belongs to another address.
NET-110-what = The OA request of bill { $number } is not { $seconds } seconds old and cannot be taken back yet.
NET-110-do = Nothing to do: it is taken back by itself in a while.
NET-110-why = This OA does not let a request be taken back right after it was opened.

## SES: signed out

SES-201-what = The session with { $system } has ended.
SES-201-do = Nothing to do: we sign in again by ourselves and go on.
SES-201-why = The other side ends a sign-in after some time.
SES-202-what = The session with { $system } ended again right after it was renewed.
SES-202-do = Ask the administrator whether the integration user signs in elsewhere and is put out, then press “{ -test }”.
SES-202-why = Mostly the same account signs in elsewhere and pushes this program out.
SES-203-what = { $system } refused the sign-in: { $said }.
SES-203-do = Ask the administrator to check user, password and keys under “{ -systems }”, then press “{ -test }”.
SES-204-what = This sign-on was used, is too old, or was begun in another browser.
SES-204-do = Go back to the OA and click the link on the document again; each click is good once, for 60 seconds.
SES-204-why = Each click lets one person in once and for a short time, so that nobody else can use the link.
SES-203-why = Account, password or key is wrong, or the account was disabled.

## DBT: outcome unknown

DBT-301-what = We do not know whether “{ $step }” of bill { $number } went through; nothing in the other system tells us.
DBT-301-do = Look for the key { $key } in the other system, then choose “It is there” or “It is not there, { -resend }”.
DBT-301-why = No answer came, and the other system cannot be searched by our key. So as not to do it twice, a person has to look.
DBT-302-what = More than one record of form { $form } carries the key { $key } ({ $found }).
DBT-302-do = Open these records, choose the right one, and void the others in the other system.
DBT-302-why = Somebody may have copied the record in the other system, and our key with it.
DBT-303-what = “{ $step }” of bill { $number } was answered as done ({ $answered }), but it cannot be found again.
DBT-303-do = See whether { $answered } exists in the other system, then choose “It is there” or “It is not there, { -resend }”.
DBT-303-why = The other side took it back after its answer, or somebody deleted it at once.
DBT-304-what = The OA request { $request } of bill { $number } shows more than one decision.
DBT-304-do = Open request { $request }, see which decision is the last, then choose the one that counts.
DBT-304-why = Somebody handled the approval more than once and left several results.

## DAT: the other system said no

DAT-401-what = { $system } did not accept bill { $number }: { $said }.
DAT-401-do = Correct the bill as the message says, then press “{ -resend }”.
DAT-401-why = The other side's own checks said no; its words stand below.
DAT-402-what = { $number } is not to be found in { $system }.
DAT-402-do = Find out whether it was deleted; if so, press “Dismiss” and give the reason.
DAT-402-why = The record was deleted there, or the integration account may not see it.
DAT-403-what = Form { $form } has no field { $field }: { $said }.
DAT-403-do = Ask the administrator to use another field under “{ -mapping }”, or to add { $field } in the other system.
DAT-403-why = The form was changed there, and the field was removed or renamed.
DAT-404-what = Field { $field } is { $length } characters long; the other system takes at most { $limit }.
DAT-404-do = Shorten the text in the bill, or cut it under “{ -mapping }”, then press “{ -resend }”.
DAT-404-why = The other side limits the length; cutting would lose words, so nothing was sent.
DAT-405-what = The value { $value } of field { $field } has too many decimals; the other system takes at most { $places }.
DAT-405-do = Enter at most { $places } decimals in the bill; values are never rounded for you.
DAT-405-why = The other side keeps fewer decimals; rounding would change the amount, so nothing was sent.
DAT-406-what = Bill { $number } has no lines in { $table }.
DAT-406-do = Add lines to the bill, then submit it again.
DAT-406-why = The bill has a header only: there is nothing to approve.
DAT-407-what = Bill { $number } has { $lines } lines; the other system takes at most { $limit }.
DAT-407-do = Split the bill so that each has at most { $limit } lines, then submit again.
DAT-407-why = The other side's form does not hold so many lines.
DAT-408-what = Field { $field } should be a number but is “{ $value }”.
DAT-408-do = Enter a number in the bill, or correct the source under “{ -mapping }”, then press “{ -resend }”.
DAT-408-why = The bill holds words there, or a unit or other signs beside the number.
DAT-411-what = Field { $field } should be a date but is “{ $value }”.
DAT-411-do = Enter a date in the bill, or correct the source under “{ -mapping }”, then press “{ -resend }”.
DAT-411-why = The bill holds something other than a date there, or writes it in an unknown way.
DAT-409-what = Bill { $number } reads back differently: field { $field } was sent as “{ $sent }” and reads “{ $found }”.
DAT-409-do = Compare both bills, then choose to accept the other system's value, or correct it and go on.
DAT-409-why = The other side changed the value on saving: it rounded, filled in or converted.
DAT-410-what = { $number } in { $system } cannot be read: { $said }.
DAT-410-do = Open it in { $system }; if it opens there, pass this sentence to the administrator.
DAT-410-why = The answer lacks what it must have: mostly damaged data or partial rights.
DAT-420-what = Not all attachments of { $number } have arrived: { $files }.
DAT-420-do = Replace or remove these files on the record (size, kind, number), then send it again. It stops here only where the flow says that attachments must arrive.
DAT-420-why = A file is above a limit of size, kind or number, or the other system did not take it.

## MAP: no counterpart

MAP-501-what = The required field { $target } of flow “{ $flow }” has no source.
MAP-501-do = Write and publish a rule for { $target } under “{ -mapping }”; the bills go on by themselves.
MAP-501-why = The OA form wants it; the mapping has no rule, or the bill has nothing there.
MAP-502-what = The { $kind } “{ $erp_code }” on bill { $number } has no counterpart in the other system yet.
MAP-502-do = Match it under “{ -base }”, and the bill goes on by itself; all gaps of this bill: { $gaps }.
MAP-502-why = The code is new or was changed in one system and nobody has matched it in the other, so no bill that names it can be sent.
MAP-503-what = The rule “{ $expression }” is wrong at character { $position }; expected there: { $expected }.
MAP-503-do = Correct the rule under “{ -mapping }”, look at the preview, then publish.
MAP-503-why = The mapping rule is misspelt or names a field that does not exist.
expected-value = a field, a number, 'text' or a function
expected-open = an opening bracket “(”
expected-close = a closing bracket “)”
expected-comma = a comma “,”
expected-operator = an operator (+ - * / = < > and or)
expected-end = the end of the rule
expected-short-4000 = a rule of at most 4000 characters
expected-deep-40 = at most 40 levels of nesting
MAP-504-what = The organisation “{ $company }” of bill { $number } belongs to no connected company.
MAP-504-do = Add a company for organisation “{ $company }” under “{ -systems }”, or correct the organisation in the bill.
MAP-504-why = The bill's organisation has not been set up under Systems yet.
MAP-505-what = The organisation “{ $company }” of bill { $number } belongs to several companies, so we cannot tell where it goes.
MAP-505-do = Leave organisation “{ $company }” with one company only under “{ -systems }”.
MAP-505-why = One organisation code is set up for several companies, and we do not guess.
MAP-506-what = “{ $person }”, who made bill { $number }, has no counterpart in the OA.
MAP-506-do = Choose an OA person for “{ $person }” under “{ -base }”, or set the company's stand-in applicant under “{ -systems }”.
MAP-507-what = { $count } documents of the flow “{ $flow }” are being made into bills; a chain must end with the version it began with.
MAP-507-do = Wait until they are done, or switch the flow off under “{ -systems }” first, then publish.
MAP-507-why = All bills of a chain follow one version; changing it half-way would make them disagree.
MAP-508-what = Somebody published a new version of the flow “{ $flow }” while this draft was being written.
MAP-508-do = Compare the two versions, then drop this draft and make your changes on the new version.
MAP-508-why = Somebody else published first; publishing this draft would undo that change.
MAP-509-what = The form { $form } of { $system } changed: field “{ $label }” ({ $field }) { $drift }. The flow stands; no bill was harmed.
MAP-509-do = Mend the rule under “{ -mapping }” and publish; or, if the new form does no harm, press “Go on with the new form”. It also goes on once the form is changed back.
MAP-509-why = Somebody changed the form in that system. Sending on would lose, cut or refuse values, so the flow stopped first.
MAP-510-what = The draft of “{ $flow }” changes { $count } values of the golden document “{ $title }”, and nobody has said why.
MAP-510-do = Look at it under “Golden documents” on “{ -mapping }”; say why where the change is meant, otherwise correct the rule.
MAP-510-why = Golden documents are real examples, pinned so that a change of one rule does not silently break another.
MAP-511-what = { $person } has just changed { $kind } “{ $erp_code }”; it now stands for “{ $found }”, and your change was not saved.
MAP-511-do = Look at the new match; if you still want to change it, save again.
MAP-511-why = Two people are changing the same match.
MAP-512-what = { $kind } “{ $erp_code }” cannot stand for “{ $oa_key }”: that belongs to “{ $other }”, and a flow looks it up from the OA, so it must be one to one.
MAP-512-do = Choose another record for “{ $erp_code }”, or remove the match of “{ $other }” first.
MAP-512-why = A flow looks it up from the OA: with two codes for one record it could not tell which.
MAP-513-what = The other system has no single { $kind } “{ $value }”.
MAP-513-do = Choose one of the records listed while you type; if it is new there, press “Read both systems” first.
MAP-513-why = There is none of that name or code, or more than one.
MAP-514-what = The file { $file } cannot be imported: { $line }, { $said }.
MAP-514-do = Change a file made with “Export to Excel” and import that; no row was changed.
MAP-514-why = Columns or contents were changed beyond recognition.
MAP-506-why = A request is made in its maker's name; that account is not matched, and there is no default applicant.

## RUL: a rule said no

RUL-601-what = Bill { $number } breaks a rule: { $said }.
RUL-601-do = Correct the bill as the message says, then submit it again.
RUL-601-why = The bill breaks a rule that is checked before sending.
RUL-602-what = Bill { $number } is still in approval, but someone has audited it in the ERP by hand.
RUL-602-do = Choose to accept the audit and end the OA request, or un-audit the bill and let the approval go on.
RUL-602-why = Somebody audited the bill in the ERP without waiting for the approval.
RUL-603-what = Bill { $number } has downstream bills and cannot be sent back: { $said }.
RUL-603-do = Undo the downstream bills in the ERP, the last one first; it is then tried again by itself.
RUL-603-why = Later bills (a delivery, an invoice) were made of it, and the ERP does not let it go back.
RUL-604-what = The OA request { $request } of bill { $number } was ended by force; nobody said yes or no.
RUL-604-do = Find out why it was ended, then choose to send it for approval again or back to its maker.
RUL-604-why = An OA administrator ended the request without a yes or a no.
RUL-605-what = The OA form was changed in approval: field { $field } of bill { $number } went from “{ $sent }” to “{ $found }”.
RUL-605-do = Ask the approver, then choose to go on with the original or to send it back to its maker.
RUL-605-why = An approver changed the form, so what was approved is not what was sent.
RUL-607-what = Bill { $number } is suddenly not to be found in the ERP (missing at the same time: { $count }); perhaps a right was lost and nothing deleted.
RUL-607-do = Ask the administrator to check what the integration user may see, then choose “Really deleted” or “Keep waiting”.
RUL-607-why = Several bills vanished at once: a lost right is likelier than a deletion.
RUL-608-what = The OA request { $request } of bill { $number } is not to be found any more.
RUL-608-do = Find out in the OA whether it was deleted, then choose to send it for approval again or back to its maker.
RUL-608-why = The request was deleted in the OA, or the monitor account may not see it.
RUL-609-what = Bill { $number } was changed after it was sent: field { $field } was “{ $sent }” and is now “{ $found }”.
RUL-609-do = Choose to withdraw and approve again, to send the new content, or to accept it with two persons.
RUL-609-why = Somebody changed the bill while it was being approved.
RUL-610-what = Bill { $number } was changed while it was being audited: field { $field } was approved as “{ $sent }” and is now “{ $found }”.
RUL-610-do = Check it at once; if the content is wrong, un-audit the bill in the ERP and put it right.
RUL-610-why = Somebody changed the bill in the moment between our check and the audit.
RUL-611-what = The voucher of { $number } does not balance: debit { $debit }, credit { $credit }; lines (debit/credit): { $lines }.
RUL-611-do = Check the approved amounts and the taxes, correct them and submit again; no voucher is made before both sides are equal.
RUL-611-why = Debit and credit of the lines do not add up to the same sum.
RUL-612-what = “{ $value }” in { $number } was used before: { $other }.
RUL-612-do = Check whether it is claimed twice; if it was a slip, correct it and submit again.
RUL-612-why = Another document holds this number already: perhaps it is claimed twice.
RUL-613-what = OA request { $number } no longer waits at the integration node, but its ERP bill { $bill } was made.
RUL-613-do = Ask who moved it: finish it in the OA and ignore it here, or undo the bill in the ERP first.
RUL-613-why = Somebody moved the request in the OA after its bill had been made in the ERP.
RUL-614-what = ERP bill { $bill } that was made of OA request { $number } cannot be found or is void.
RUL-614-do = Find out in the ERP who deleted it; restore it, or ignore this document and say why.
RUL-620-what = Payment request { $number } asks { $amount } of source { $source }, of which only { $unpaid } is unpaid.
RUL-620-do = Lower the amount for { $source } to { $unpaid } and submit again; where the OA has agreed already, return it to its maker, or check the payment in the ERP and choose "{ -resend }".
RUL-620-why = Part of it was paid already, or the amount was entered too high.
RUL-621-what = Source { $source } would be paid twice: request { $number } asks { $amount }, { $others } took { $taken }, together more than the { $payable } payable.
RUL-621-do = Check { $others }: withdraw or lower the one that asks too much; where the OA has agreed already, return it to its maker, or withdraw the other one and choose "{ -resend }".
RUL-621-why = Several payment requests draw on one source bill, and together they exceed it.
RUL-622-what = Source { $source } (kind "{ $form }") of payment request { $number } is not found in the ERP, or the flow does not say how to read this kind of bill.
RUL-622-do = Check the source number; if it is right, have the administrator add this kind under sources in the flow file, then choose "{ -resend }".
RUL-622-why = The number is wrong, or the flow does not say how to read such bills.
RUL-623-what = Payment request { $number } waits for its source { $source }, which is not audited yet.
RUL-623-do = Nothing to do: it goes on by itself once { $source } is audited.
RUL-631-what = Supplier { $supplier }, order { $orders }: { $open } { $currency } of claims is open ({ $claims }). Invoice { $number } must deduct { $due } first and deducts { $deducted }, so it cannot be audited.
RUL-631-do = Add a negative line with the claim's number so that the invoice comes to { $total }, then submit it again.
RUL-631-why = Claims on these orders are still open; a full invoice would pay too much.
RUL-632-what = Invoice { $number } leads to no purchase order, so the whole supplier counts: { $supplier } has { $open } { $currency } of open claims ({ $claims }). It must deduct { $due } first and deducts { $deducted }, so it cannot be audited.
RUL-632-do = Add a negative line with the claim's number so that the invoice comes to { $total }, or push the invoice down from its payable so that its order is known; then submit it again.
RUL-632-why = The invoice leads to no order, so it was checked by its supplier, who has open claims.
RUL-633-what = Bill { $number } deducts { $deducted } { $currency } of claim { $claim }, of which only { $open } is open.
RUL-633-do = Deduct at most { $open } of this claim, then submit it again.
RUL-633-why = Part of the claim may have been deducted on another invoice.
RUL-634-what = Bill { $number } deducts claim "{ $claim }", which does not fit: supplier { $supplier } has no audited claim of that number in { $currency }, the claim is settled another way, or the line takes nothing off.
RUL-634-do = Check the claim's number and the line's amount, then submit it again.
RUL-634-why = The number is wrong, the claim is not audited, or it is another supplier's or currency's.
RUL-635-what = Bill { $number } deducts { $deducted } { $currency } in all, more than its own { $total }.
RUL-635-do = Deduct less and leave the rest to the next one, then submit it again.
RUL-635-why = One invoice cannot carry so many claims.
RUL-636-what = Order { $order } of bill { $number } has claim { $claim } in { $sent }, but the bill is in { $found }: it cannot deduct it.
RUL-636-do = Have finance put the claim's currency right in the ERP; it is looked at again every 15 minutes.
RUL-636-why = Claim and invoice are in different currencies, and nothing is converted for you.
RUL-637-what = Invoice { $number } was audited by hand past the gate. It would have gone back: { $said }
RUL-637-do = Un-audit it in the ERP and deduct the claim, or accept it with the reason.
RUL-637-why = Somebody audited the invoice in the ERP, past the gate.
RUL-638-what = Claim { $claim } cannot be read, so bill { $number } goes no further: { $said }.
RUL-638-do = Put the claim right in the ERP, or have the administrator add the value to the flow file; it is looked at again every 15 minutes.
RUL-638-why = The claim is incomplete, or holds a value that the flow file does not know.
RUL-639-what = Supplier { $supplier } has { $open } { $currency } of claims to be offset on payments ({ $claims }). Payment request { $number } must offset { $due } first and offsets { $deducted }.
RUL-639-do = Add a negative line with the claim's number so that the request comes to { $total }, then submit it again.
RUL-639-why = This supplier settles claims by payments, and this request does not take all of them off.
RUL-623-why = The source bill is not audited yet; a payment would have no ground.
RUL-641-what = Lines of { $number } are not at their locked price (#line material, what stands → what is locked, the inquiry it came from): { $lines }.
RUL-641-do = Correct price, unit, currency and tax rate to the lock and submit again; if the price shall change, make an inquiry first.
RUL-641-why = Price, unit, currency or tax rate of a line left what its inquiry had locked.
RUL-642-what = Lines of { $number } have no locked price (#line material supplier price): { $lines }.
RUL-642-do = Make an inquiry for these materials first; submit again when its price is in force.
RUL-642-why = No inquiry has brought a price for these materials yet.
RUL-643-what = Prices of inquiry { $number } conflict with prices that stand already (list material unit × quantities days ≠ what stands): { $lines }.
RUL-643-do = Use the same quantity band or one that does not cross, begin no earlier than the price that stands, and name nothing twice; then submit again.
RUL-643-why = A supplier's material has one price for a day and a quantity; a new price can only take over from one that began before it.
RUL-614-why = Somebody deleted or voided the bill in the ERP.
RUL-615-what = OA request { $request } does not match bill { $number }: { $differences }.
RUL-615-do = Check the number; if the content is wrong, correct it in the OA and press “Entered by hand” again.
RUL-615-why = Bound to the wrong request, another bill would pass for sent; so organisation, partner, amount, currency and date are compared.

## PER: rights and set-up

PER-701-what = The integration user may not handle { $number } in { $system }: { $said }.
PER-701-do = Ask the administrator of { $system } to grant the right, then press “{ -resend }”.
PER-701-why = The integration account was not given this right, or the workflow or function is switched off there.
PER-702-what = Form { $form } of { $system } lacks the field { $field }, which carries the key, or the field is too short for it.
PER-702-do = Ask the administrator to give { $form } in { $system } a text field { $field } of at least 30 characters, then switch the flow on.
PER-702-why = Without this field nothing could keep us from sending twice, so nothing is sent.
PER-703-what = The flow file { $file } is wrong in line { $line }: { $said }.
PER-703-do = Ask the administrator to correct this line, or to roll back to the last published version.
PER-703-why = The file was changed and does not follow the rules.
PER-704-what = The data was written by a newer version ({ $found }); this program knows only up to { $known }.
PER-704-do = Install the newer program, and do not open this data with an old one.
PER-704-why = A newer version opened these data and brought them up to date.
PER-705-what = The data “{ $where }” cannot be opened: { $said }.
PER-705-do = Check disk space and folder rights; if the file is damaged, restore the latest backup.
PER-705-why = The disk is full, a right is missing, or the file is damaged.
PER-706-what = “{ $field }” of { $system } is not stored on this machine yet.
PER-706-do = Enter it again under “{ -systems }”, or have the administrator set the environment variable { $variable }.
PER-706-why = Secrets lie in this machine's keyring; another machine or user has to enter them again.
PER-707-what = The clocks of this machine and { $system } differ by { $seconds } s; writing is paused.
PER-707-do = Ask the administrator to switch on time synchronisation on both; below 60 s it goes on by itself.
PER-707-why = With wrong clocks the order of events could be misjudged, so nothing is written.
PER-708-what = Bill { $number } in { $system } carries the key { $key }, which this machine does not know; another machine may be at work.
PER-708-do = Stop the engine on the other machine; when only this one is left, resume the company.
PER-708-why = Two machines at work would double each other's bills.
PER-709-what = The data “{ $where }” is in use by another program.
PER-709-do = Close the other window, or wait until it is done, then try again.
PER-709-why = Another window or a backup program is using them.
PER-710-what = The site file { $file } is wrong in line { $line }: { $said }.
PER-710-do = Correct this line, or export the site again and import that file.
PER-710-why = The file was edited by hand and does not follow the rules.
PER-711-what = { $system } reports a licence problem: { $said }.
PER-711-do = Ask the administrator of { $system } to check the licences and their dates, then press “{ -test }”.
PER-711-why = Users, modules or term of the other side's licence do not suffice.
PER-712-what = The integration user no longer sees the bills of form { $form } in { $system } (missing: { $count }); perhaps the right to view was withdrawn.
PER-712-do = Ask the administrator to restore the right to view { $form }; until then nothing is cancelled or sent back.
PER-712-why = Mostly the right to read was taken away; until that is known nothing counts as deleted.
PER-713-what = The system “{ $system }” is not known.
PER-713-do = Ask the administrator to see under “{ -systems }” whether it was removed or renamed.
PER-713-why = The system was deleted or renamed while a company still uses it.
PER-714-what = { $system } cannot do “{ $what }”.
PER-714-do = Do this step by hand in { $system }, or ask the administrator to adapt the flow.
PER-714-why = This product or version has no such interface.
PER-715-what = What was entered is not right: { $said }.
PER-715-do = Correct it and try again.
PER-715-why = What was entered does not fit, and nothing was kept.
PER-730-what = The work calendar { $file } is wrong at { $line }: { $said }.
PER-730-do = Correct this place; until then the calendar that came with the program is used.
PER-730-why = The file was changed by hand and does not fit.
PER-731-what = The operating system refused “{ $command }”: { $said }.
PER-731-do = Try again as administrator, or set it up by hand after docs/service.md.
PER-731-why = The right is missing, or this machine's settings do not allow it.
PER-716-what = “{ $person }” is not allowed to do “{ $order }”.
PER-716-do = Ask a colleague who is allowed to, or ask the administrator to change your role.
PER-720-what = The flow "{ $flow }" of bill { $number } now points to system { $system }, which is not the account set that it belongs to.
PER-720-do = Have the administrator point the system back on "{ -systems }"; to change the account set, let what is under way finish first, and add a system and a company of its own for the new one.
PER-720-why = The company or the system was pointed at another account set, where the same id may be another bill.
PER-721-what = System { $system } counts a bill as handed in by “{ $trigger }”: one that was sent back would count as handed in again at once.
PER-721-do = Have the administrator choose “the multi-level review is started”, or “a box is ticked” with its field, under “{ -systems }”.
PER-721-why = That way a bill that was sent back cannot be told from one that was handed in, and one bill would be sent for approval over and over.
PER-716-why = The role does not include this.
PER-717-what = The passphrase of “{ $person }” is wrong, or none was set.
PER-717-do = Type it again; after 5 wrong ones you must wait a minute. If it is forgotten, the administrator sets a new one.
PER-717-why = Only a check value of the passphrase is kept; nobody can read it.
PER-718-what = “{ $person }” is the last administrator who can manage people, and must stay.
PER-718-do = First make somebody else administrator of all companies.
PER-718-why = Without an administrator nobody could change rights again.
PER-719-what = The passphrase is too short; it needs at least { $least } characters.
PER-719-do = Choose a longer one, such as several words in a row.
PER-719-why = A short passphrase is easily guessed; nothing was saved.
PER-740-what = The gateway could not be opened at { $address }: { $said }.
PER-740-do = Ask the administrator to mend its settings on “{ -systems }”, entry “Gateway”. A port in use, or a certificate being renewed, is tried again by itself.
PER-740-why = The port is taken, a certificate file is wrong, or it would not be safe like this.
PER-741-what = Nobody has said who the DanQiao user “{ $person }” is in the OA and in { $system }, so you cannot be signed in.
PER-741-do = Ask the administrator to choose you on the page “Users” and press “DanQiao user”, then click again.
PER-741-why = A direct link signs somebody in, so it is made only for the person whom an administrator named.

## BUG: ours

BUG-901-what = The program failed inside: { $said }.
BUG-901-do = Press “Copy details” and send them to support; no bill is sent twice because of this.
BUG-901-why = The program met something it had not expected and stopped where it is safe.

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
state-kept_out = Not sent
state-to_check = To check
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

healer-itself = Recovers by itself
healer-maker = The bill's maker
healer-finance = Finance
healer-base = Base data owner
healer-mapping = Consultant
healer-admin = Administrator
healer-support = Support

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

# the ERP's forms that a generation makes, by the vendor's form id
bill-ER_ExpReimbursement = Expense bill
bill-CN_PAYAPPLY = Payment request
bill-GL_VOUCHER = Voucher
bill-PAEZ_ClaimBill = Claim bill
bill-SVM_InquiryBill = Inquiry bill
bill-PUR_PAT = Price adjustment
bill-SAL_SaleOrder = Sales order
bill-SAL_OUTSTOCK = Delivery
bill-AR_receivable = Receivable
bill-PUR_Requisition = Purchase requisition
bill-PUR_PurchaseOrder = Purchase order
bill-STK_InStock = Receipt
bill-AP_Payable = Payable
bill-IV_PURCHASEIC = Purchase invoice (VAT)
bill-AP_PAYBILL = Payment

step-open_request = Send for approval
step-read_decision = Read the decision
step-cancel_request = Take back the OA request
step-close_request = End the OA request
step-tell_applicant = Tell the applicant in the OA
step-return_request = Return the OA request
step-submit_request = Hand on the OA request
step-audit_bill = Audit the bill
step-check_claims = Check the claims
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
order-read = Look at bills
order-open_side = Open the bill in the other system
order-send_now = Send now
order-is_there = Say that it arrived
order-is_not_there = Say that it did not arrive
order-decide = Decide yes or no
order-accept = Accept as it is
order-take_back = Take back a dismissal
order-evidence = Take an evidence pack
order-map_base = Edit base data correspondences
order-refresh_base = Read base data from both systems
order-draft_mapping = Edit a mapping draft
order-publish_mapping = Publish or roll back a mapping
order-release = Let a held company go on
order-reschedule = Reschedule
order-set_up = Change systems and companies
order-back_up = Back up
order-manage_people = Manage people and roles
order-read_trail = Look at the audit trail
order-waiting_requests = list the requests that wait
order-tell_applicant = write to the applicant
order-remarks = read what was written
order-later_bills = show later bills
order-earlier_bills = show source bills
order-close_request = end a returned OA request
order-submit_request = hand an OA request on
order-return_request = return an OA request to its maker
order-open_link = open it from here
order-find_bills = find bills by our mark
order-find_numbers = find bills by number
order-bills_with = find bills by a field
order-audited_bills = list what was audited lately
order-push_bill = push a bill on into the next
order-submit_bills = hand a bill in
order-send_back_bills = send a bill back
order-un_audit = un-audit (no value for it is set)
order-tick_field = tick the box (no field is set)

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
kind-account_book = account book
kind-price_list = price list
kind-cost_center = cost centre

role-admin = Administrator
role-mapping = Consultant
role-clerk = Finance
role-auditor = Auditor

role-admin-may = Everything: systems and companies, people, mappings, and all that finance does.
role-mapping-may = Mappings and base data, and resending; no decisions in place of finance, no systems, companies or people.
role-clerk-may = Failures: resend, check, decide, entered by hand, dismiss; base data too. No mappings, systems or people.
role-auditor-may = Only looks: bills, timelines, the audit trail, evidence packs. Gives no order.

## People

page-people = People
people-count = { $count } { $count ->
    [one] person
   *[other] people
}
people-add = Add a person
people-new = New person
people-empty = Nobody yet
people-empty-hint = Whoever opens the first window becomes the administrator.
people-login = Login
people-login-hint = The user name in Windows: then no passphrase is asked for. Where several people share a computer choose any, and set a passphrase.
people-name = Name
people-role = Role
people-companies = Companies
people-all-companies = All companies
people-choose-company = Choose a company at least, or tick “All companies”.
people-more = More
people-sees-accounts = Sees whole bank accounts and ID numbers
people-sees-accounts-hint = Otherwise only the last four digits are shown, in exported files and evidence packs too.
people-active = Works here
people-left = Left
people-saved = { $person } was saved, and it counts from now on.
people-lock = Lock when idle
people-lock-minutes = { "" } minutes
people-lock-never = Never
people-lock-hint = Only for people with a passphrase. The engine goes on behind the lock.

sign-in-title = Who is there?
sign-in-who = Person
sign-in-passphrase = Passphrase
sign-in-do = Sign in
sign-in-nobody = Your account is not a person of this site, and nobody has a passphrase. Ask the administrator to add you under “People”.
passphrase-title = Passphrase of { $person }
passphrase-hint = At least 8 characters; several words in a row are easy to keep and safer. Only a check value is kept here.
passphrase-old = Passphrase until now
passphrase-new = New passphrase
passphrase-again = The new passphrase again
passphrase-differs = The two are not the same.
passphrase-set = Set passphrase
passphrase-remove = Take it away
passphrase-kept = The passphrase was changed.
passphrase-first = Set a passphrase
passphrase-change = Change passphrase
command-lock = Lock the window
command-other-person = Somebody else signs in

## Systems: the connection form and its test

vendor-k3cloud = Kingdee K/3 Cloud
vendor-ecology = Weaver e-cology 9
vendor-k3wise = Kingdee K/3 WISE
vendor-dingtalk = DingTalk
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
field-common-push_secret = Push secret (gateway)
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
field-k3cloud-files_form = Form that lists attachments
field-k3cloud-filter_in = Filter style
field-k3cloud-link_hash = Deep link signature hash
field-k3cloud-link_forms = Further forms a bill may become
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
field-ecology-sso_client_secret = OAuth2 client secret
field-ecology-sso_client_id = OAuth2 client ID (gateway)
field-ecology-sso_attribute = OAuth2 field that names the person
field-ecology-sso_by = How the gateway asks who is signed in
field-ecology-sso_login = Single sign-on name is the
field-ecology-upload_folder = Directory for uploaded files
field-ecology-realm = Name of this OA instance
field-ecology-zone = Server time zone

field-k3wise-authority_code = Authority code (from the API platform's registration)
field-k3wise-trigger = A bill is handed in when
field-k3wise-tick_field = Field of the box to tick
field-k3wise-checker = Reviewer (ERP user name; several levels with commas)
field-k3wise-company = Company of this account set
field-k3wise-zone = Server time zone
field-k3wise-acct_id = Account set (AcctID, to be checked)
field-k3wise-un_audit = Value that un-audits (FCheckDirection)
field-k3wise-tick_on = Value of a ticked box
field-k3wise-status_field = Field with the audit mark
field-k3wise-review_field = Field with the review's state
field-k3wise-cancel_field = Field with the void mark
field-k3wise-changed_field = Field with the last change
field-k3wise-disabled_field = Field of base data out of use
field-k3wise-pending_filter = Filter for bills that wait
field-k3wise-update_nesting = Where an update names the bill
field-k3wise-page_rows = Rows per page
field-k3wise-realm = Name of the account set

field-dingtalk-corp_id = Company id (CorpId)
field-dingtalk-app_key = App's Client ID (AppKey)
field-dingtalk-app_secret = App's Client Secret
field-dingtalk-user_id = Person who comments (userid)
field-dingtalk-old_url = Address of the old interface
field-dingtalk-utc_offset_h = Hours between approval times and UTC
field-dingtalk-dept_id = Department where none is known
field-dingtalk-monthly_calls = Calls allowed in a month (0 = unlimited)
field-dingtalk-find_days = Days a look-up by key reaches back
field-dingtalk-approved_days = Days that agreed requests are listed
field-dingtalk-parallel = Parallel calls

## The gateway's pages

gateway-page = You have no ERP user. Below is the bill as it was sent for approval, to read only.
gateway-page-sent = Sent { $when }.
gateway-back = Back to the request in the OA
gateway-opinions = Opinions
gateway-403 = We could not confirm who you are, or you may not see this bill. Go back to the OA and click the link on the document again.
gateway-404 = There is no such page or bill.
gateway-501 = This OA is not set up for single sign-on. Please ask the administrator.
gateway-502 = This cannot be opened now. Try again later; if it stays so, ask the administrator.
gateway-503 = A server’s clock is wrong, so this cannot be opened now. Please ask the administrator.
gateway-too-many = Too many requests. Please try again in a few seconds.
gateway-too-big = What was sent is too big.

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
check-held = Flow held
check-forms = Flow
check-forms-what = The forms of this flow were not checked: its systems do not answer.
check-forms-do = Mend the connection first, then check again.
check-secrets = Where secrets are kept
check-look = Check
check-none = Systems
check-none-what = No system is set up yet.
check-none-do = Add one on the page "Systems", or import a site file (site import).
check-engine = Engine
check-engine-what = Flows are switched on, but no engine runs. Last sign of life: { $since }.
check-engine-do = Open the window or start the service (--headless); where --once runs by a schedule, this is as it should be.
check-correspondences = Base data correspondences
check-correspondences-what = { $count } documents wait for a missing correspondence.
check-correspondences-do = Complete the correspondences; the documents go on by themselves.
check-disk = Disk space
check-disk-what = Only { $free } are left on the disk that holds the data.
check-disk-do = Make room, or move the data folder to a larger disk.
check-store = Database
check-trail = Trail
check-trail-what = The trail is broken from line { $number } on.
check-trail-do = Keep the present data file and have an administrator find out who changed it.
check-backup = Backup
check-backup-what = There is no recent backup. The last one: { $at }.
check-backup-do = Run main.py backup; a running engine makes one every day.
check-all-well = All is well.
check-sum = { $count } points need attention.

## Base data: which record here is which there

base-record = Record
base-kind = Kind
base-any = All
base-documents = Documents
base-blocked = Money waiting
base-suggestion = Suggested match
base-why = How sure, and why
base-erp = ERP record
base-oa = OA match
base-state = State
base-changed = Last change
base-when = When
base-what = Change
base-was = Before
base-system = System
base-search = Search code or name
base-tab-gaps = Gaps { $count }
base-tab-all = All matches { $count }
base-tab-changes = Changes on both sides
base-all-records = Also what blocks nothing yet
base-risky = Only what changed
base-risky-count = Only the { $count } that changed
base-summary = { $gaps ->
    [one] 1 gap keeps
   *[other] { $gaps } gaps keep
 } { $count ->
    [one] 1 document
   *[other] { $count } documents
 } waiting
base-summary-none = Nothing keeps a document waiting
base-going = { $count ->
    [one] The gap of 1 document is closed; it goes on by itself.
   *[other] The gaps of { $count } documents are closed; they go on by themselves.
 }
base-accept = { $count ->
    [one] Accept 1 match
   *[other] Accept { $count } matches
 }
base-accept-none = Accept ticked
base-accepted = { $count ->
    [one] 1 match accepted; its documents go on by themselves.
   *[other] { $count } matches accepted; their documents go on by themselves.
 }
base-tick-sure = Tick the sure suggestions
base-tick-sure-count = { $count ->
    [one] Tick the sure one
   *[other] Tick the { $count } sure ones
 }
base-read = Read both systems
base-reading = Reading { $what }: list { $done } of { $total }
base-stop = Stop
base-read-stopped = Stopped; lists that were read to their end hold, the others stay as they were.
base-read-done = { $records } records read from both systems, { $count } changes found.
base-read-partly = Not read to the end, left as it was: { $kinds }.
base-read-at = Both systems last read: { $when }
base-read-never = Not read yet. Press “Read both systems” for suggestions and coverage.
base-no-suggestion = No safe suggestion
base-several = { $count } ERP codes
base-several-do = These ERP codes all stand for it, so nobody can tell which is meant: { $codes }. Keep one of them under “All matches”.
base-reason-elsewhere = other company
base-because-elsewhere = Another company on the same two systems is matched so.
base-reason-code = same code
base-because-code = The codes are the same, the names are not: check it.
base-reason-code_name = code and name
base-because-code_name = Code and name are the same.
base-reason-mark = same mobile
base-because-mark = The mobile numbers are the same, the names are not: check it.
base-reason-mark_name = mobile and name
base-because-mark_name = Mobile number and name are the same.
base-reason-name = same name
base-because-name = The names are the same, the codes are not: check it.
base-own-gone = No longer in its system
base-own-disabled = Disabled
base-own-not_allotted = Not allotted here
base-state-ok = In order
base-state-unread = Not checked
base-state-gone_erp = Gone in the ERP
base-state-gone_oa = Gone in the OA
base-state-off_erp = Disabled in the ERP
base-state-off_oa = Disabled in the OA
base-state-not_allotted = Not allotted here
base-state-renamed = Renamed
base-tells-ok = In use on both sides, under the names it was matched by.
base-tells-unread = No list of this kind was read yet, so it cannot be checked.
base-tells-gone_erp = The ERP's list no longer has it; bills that use it will fail.
base-tells-gone_oa = The OA's list no longer has it; sending will fail.
base-tells-off_erp = Disabled or not audited in the ERP; bills that use it will fail.
base-tells-off_oa = Disabled or left in the OA; choose another record.
base-tells-not_allotted = The ERP has not allotted it to this company, which cannot use it.
base-tells-renamed = Its name is no longer the one it was matched by; check that it is still the same.
base-what-added = Added
base-what-gone = Gone
base-what-renamed = Renamed
base-what-disabled = Disabled
base-what-enabled = Enabled
base-origin-person = By hand
base-origin-suggestion = Suggestion
base-origin-file = Excel file
base-origin-site_file = Site file
base-origin-demo = Demo data
base-counterpart-oa = Its record in the OA
base-counterpart-erp = Its code in the ERP
base-type = Type a code or name
base-type-hint = Records of the other system are listed as you type; choose with the arrow keys.
base-use = Take the suggestion: { $key } { $name }
base-save = Save match
base-saved = Saved; the documents that waited for it go on by themselves.
base-remove = Remove match
base-remove-title = Remove the match of “{ $code }”?
base-remove-what = Bills that use “{ $code }” will then stop and wait for a new match. The trail keeps what it was.
base-remove-deed = Remove the match of “{ $code }”
base-removed = The match was removed.
base-waits = { $count ->
    [one] 1 document waits
   *[other] { $count } documents wait
 }, { $sum }
base-waits-none = No document waits for it now.
base-see = { $count ->
    [one] Show the document
   *[other] Show the { $count } documents
 }
base-changed-by = Changed by { $person } { $when }
base-coverage = How much is matched
base-share = { $share }% ({ $mapped } / { $records })
base-unread = not read
base-import = Import a file
base-export = Export to a file
base-files = Excel or CSV files
base-export-name = base-data
base-exporting = Exporting: { $done } of { $total } rows
base-exported = { $count } rows exported to { $file }.
base-checking = Checking row { $done }; nothing is changed yet
base-import-told = { $count } rows will be written; { $same } stand so already; { $faults } are wrong and will not be imported. Nothing is changed yet.
base-import-deed = { $count ->
    [one] Import this row
   *[other] Import these { $count } rows
 }
base-import-nothing = Nothing to import
base-imported = { $count } rows imported; the documents that waited go on by themselves.
base-cancelled = Stopped; nothing was changed.
base-line = Row
base-deed = What happens
base-before = Stands for now
base-after = Will stand for
base-adds = New
base-alters = Changed
base-refused = Not imported
base-sheet-company = Company
base-sheet-kind = Kind
base-sheet-erp_code = ERP code
base-sheet-erp_name = ERP name
base-sheet-oa_key = OA key
base-sheet-oa_name = OA name
base-fault-no_company = The company is missing.
base-fault-no_kind = The kind is missing.
base-fault-no_erp_code = The ERP code is missing.
base-fault-no_oa_key = The OA key is missing; to remove a match, remove it in the window.
base-fault-company = No company is called “{ $value }”, or several are.
base-fault-kind = There is no kind “{ $value }”.
base-fault-twice = This record stands in row { $value } already.
base-fault-unknown = The OA has no key “{ $value }”.
base-fault-taken = This OA key belongs to “{ $value }”; it must be one to one here.
base-fault-formula = The cell holds a formula; put its value there.
base-fault-not_text = “{ $value }” is no code or name; format the cell as text.
base-fault-long = “{ $value }…” is too long.
file-merged = cells are merged from { $cell } on; split them first
file-column-twice = the column “{ $column }” is there twice
file-column-missing = missing: { $columns }
files-excel = Excel file
files-csv = CSV file (UTF-8)
files-csv-gb = CSV file (GB18030)
base-empty-gaps = No gaps
base-empty-gaps-hint = Records that a document uses and the other system has no match for are listed here, the most money first.
base-empty-all = No matches yet
base-empty-all-hint = Close a gap, or import an Excel file.
base-empty-changes = No changes
base-empty-changes-hint = After each reading of both systems: what was added, renamed, disabled or is gone.
base-none = Nothing fits
base-none-hint = Try another code or name, or take a filter away.

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
page-chain = Linked bills
page-undo = Later bills to undo
page-mapping = Field mapping
page-base = Base data
page-systems = Systems
page-audit = Audit
page-settings = Settings

tray-open = Open DanQiao
tray-quit = Quit DanQiao
service-in = Written: { $path }.
service-left = This machine has no such tool; on the target machine run: { $command }
service-linger = To run while nobody is signed in, call once: loginctl enable-linger
service-out = Switched off and removed: { $path }.
service-none = Not installed ({ $path }).
service-is-in = Installed: { $path }
service-system-runs = Operating system: running.
service-system-stands = Operating system: not running.
service-engine-runs = The engine runs; last sign of life { $when }.
service-engine-stands = The engine does not run; last sign of life { $when }.
service-no-store = There is no store yet: { $path }
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

## Why was it not sent?

why-unknown = No account set has a bill "{ $number }" (asked: { $flows }).
why-unknown-do = Check the number; other kinds of bills do not travel with DanQiao.
why-unasked = The ERP could not be asked about "{ $number }" just now.
why-not_submitted = Bill { $number } is "{ $status }" in the ERP, not waiting for approval.
why-not_submitted-do = Only submitted bills are sent: have its maker submit it in the ERP.
why-gone = Bill { $number } is no longer shown by the ERP.
why-gone-do = Check in the ERP whether it was deleted, or whether the integration user may still see it.
why-no_company = The organisation "{ $company }" of bill { $number } is not joined to DanQiao.
why-no_company-do = Have the administrator add this company on "{ -systems }".
why-not_carried = "{ $company }" has no flow "{ $flow }", so bill { $number } is not sent.
why-not_carried-do = Have the administrator set the flow up for this company on "{ -systems }".
why-off = The flow "{ $flow }" of "{ $company }" is switched off, so bill { $number } is not sent.
why-off-do = Have the administrator switch the flow on, on "{ -systems }".
why-stopped = No engine is running, so bill { $number } is not sent for now.
why-stopped-do = Start DanQiao's service, or open a DanQiao window.
why-paused = The engine is paused, so bill { $number } is not sent for now.
why-paused-do = Choose "Resume" in the status bar.
why-held = The flow "{ $flow }" of "{ $company }" is held, so bill { $number } is not sent for now.
why-kept_out = The rule "{ $rule }" keeps bill { $number } from being sent.
why-kept_out-do = Changed to fit the rule it goes by itself; if the rule is wrong, have the administrator change the flow file.
why-dismissed = Bill { $number } was dismissed by a person.
why-dismissed-do = Open it to see by whom and why; it can be taken up again there.
why-made = Bill { $number } was made from OA request { $request }, which the OA has agreed to; it is not sent again.
why-made-do = Open that request to see all the bills made of it.
why-sending = Bill { $number } is being sent just now.
why-sending-do = Wait a moment; the bill shows what became of it.
why-sent = Bill { $number } was sent: OA number { $request }, now "{ $state }".
why-sent-do = Open it to see how far the approval is.
why-generated = { $number } is a request in the OA from which DanQiao makes ERP bills; now "{ $state }".
why-generated-do = Open it to see which bills were made.
why-due = Nothing stands against bill { $number }: it goes with the next pass.
why-due-do = If you do not want to wait, choose "Send now".
why-several = { $count } bills have this number.
why-title = Why was it not sent?
why-asking = Asking both systems about { $number }
why-ask = Why was it not sent?
why-send = Send now
why-open = Open it
why-sent-now = Ordered to be sent now; the engine is at it.
why-would = What the OA would get
why-close = Close
bill-stands-draft = a draft
bill-stands-created = created, not submitted yet
bill-stands-submitted = in approval
bill-stands-audited = audited
bill-stands-reopened = sent back, with its maker
bill-stands-void = void
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

## Field mapping page

mapping-back-to = Back to v{ $number }
mapping-column-state = State
mapping-column-target = Target field
mapping-column-rule = Rule
mapping-column-result = Result now
mapping-column-type = Type
mapping-group-gaps = Gaps { $count }
mapping-group-title = Title and applicant { $count }
mapping-group-head = Header { $count }
mapping-group-lines = Lines { $count }
mapping-group-leg = Bill { $leg }: { $count }
mapping-group-leg_lines = Lines of bill { $leg }: { $count }
mapping-group-back = Written back to the OA { $count }
mapping-field-title = Request title
mapping-field-applicant = Applicant
mapping-state-fine = Fine
mapping-state-warn = Mind
mapping-state-stop = Wrong
mapping-state-gap = Gap
mapping-shown-gap = Gap: required, no source
mapping-shown-empty = Required, empty on this bill
mapping-shown-error = No result
mapping-shown-long = Too long
mapping-shown-rounded = Would be rounded
mapping-no-source = No source
mapping-more-lines = { $count } lines
mapping-required = required
mapping-key = guarded
mapping-key-long = Must not change after sending
mapping-type-text = text
mapping-type-long_text = long text
mapping-type-number = number
mapping-type-integer = whole number
mapping-type-date = date
mapping-type-time = time
mapping-type-person = person
mapping-type-people = people
mapping-type-department = department
mapping-type-departments = departments
mapping-type-company = company
mapping-type-select = choice
mapping-type-check = tick
mapping-type-browser = picker
mapping-type-file = attachment
mapping-type-amount_in_words = amount in words
mapping-type-request = request
mapping-type-document = document
mapping-type-other = other
mapping-search = Find a field by name, key or type
mapping-only-problems = Problems only
mapping-undo = Undo
mapping-redo = Redo
mapping-up = Move up
mapping-down = Move down
mapping-add = Add a row
mapping-remove = Remove the chosen rows
mapping-target-hint = Key of the target field
mapping-note = Note
mapping-note-hint = Note: why it is so
mapping-default = Default
mapping-default-hint = Default where the source is empty
mapping-suggestion = Use the suggestion { $rule }
suggest-name-words = name
suggest-code-words = code/number/no.
suggest-synonyms = company=organisation/currency=currency
mapping-constant = constant
mapping-no-preview = Choose a bill to see what this row brings.
mapping-publish = Publish
mapping-publish-number = Publish v{ $number }
mapping-published = v{ $number } is published: the next pass uses it; bills under way end with the version they began with.
mapping-rolled-back = Rolled back; this is v{ $number } now. “Roll back” on an older version takes you there again.
mapping-why = Why the change? For whoever looks it up later.
mapping-nothing-changed = Nothing was changed.
mapping-said-of = “{ $field }”: { $said }
mapping-stopped = Cannot be published yet, { $count } to mend:
mapping-next-problem = Next F8
mapping-next-problem-command = Next problem
mapping-forms-changed = { $count } changes in the systems' forms: { $fields }
drift-removed = was removed
drift-renamed = has another key
drift-shortened = is shorter
drift-retyped = has another type
drift-required = became required
drift-added = was added
drift-lengthened = is longer
drift-optional = is no longer required
drift-relabelled = has another label
mapping-offline = { $said } The fields shown were read { $when }.
mapping-never-read = { $said } The fields were never read, so nothing can be checked or published yet.
mapping-preview = Preview
mapping-preview-bill = Number of a real bill
mapping-no-record = No bill to show yet. Enter a number above, or wait for the first bill.
mapping-read-only = A real bill, read only; nothing is written to any system.
mapping-tab-approver = As approvers see it
mapping-tab-fields = By field
mapping-tab-versions = Versions
mapping-tab-run = Dry run
mapping-lines = { $count } lines
mapping-never-published = Nothing was published here yet; the rules that came with the program are in force.
mapping-version-draft = draft
mapping-version-published = in force
mapping-version-archived = archived
mapping-version-drafted = v{ $number } draft
mapping-version-in-force = v{ $number } in force
mapping-shipped = with the program
mapping-compare = Compare
mapping-back = Roll back
mapping-same = Both versions are the same.
mapping-same-rows = The rules are the same, other parts differ:
answer-yes = yes
mapping-sheet-group = Place
mapping-sheet-target = Target
mapping-sheet-label = Label
mapping-sheet-expr = Rule
mapping-sheet-required = Required
mapping-sheet-default = Default
mapping-sheet-key = Protected
mapping-sheet-note = Note
mapping-fault-no_group = The place is missing (such as fields, lines.0).
mapping-fault-no_target = The target is missing.
mapping-fault-no_expr = The rule is missing.
mapping-fault-group = The flow has no place “{ $value }”.
mapping-fault-twice = This target stands in row { $value } already.
mapping-fault-fixed = “{ $value }” is neither title nor applicant and cannot be added here.
mapping-fault-lost = Title and applicant cannot be left out; the file lacks “{ $value }”.
mapping-fault-formula = The cell holds a formula; put text there.
mapping-fault-not_text = “{ $value }” is no text; format the cell as text.
mapping-fault-long = “{ $value }…” is too long.
mapping-run = Dry-run the last documents
mapping-run-stop = Stop
mapping-run-hint = Translates the last documents by the draft and compares each field with what was sent; nothing is written anywhere.
mapping-running = { $done } of { $total } documents
mapping-run-ended = { $count } documents: { $differing } values differ, { $failed } could not be sent.
mapping-run-stopped = Stopped after { $count } documents: { $differing } values differ, { $failed } could not be sent.
mapping-tab-functions = Functions
functions-hint = What a rule may use, each with examples: the rule, then what it brings.
functions-given = where { $values }
functions-lines = the lines of table t: { $values }
functions-nothing = (nothing)
function-copy = A field's name brings its value; a rule of lines looks at its own line first, then at the header.
function-constant = Fixed words stand in quotes; numbers are written as they are.
function-compare = Compare with = != < <= > >=, joined by and, or, not; + - * / are exact decimals.
function-date = A day; optionally in a pattern of yyyy, MM or M, dd or d.
function-add_days = A day so many days later (or earlier).
function-number = Exactly so many decimals; a value that has more is refused, never rounded silently.
function-round = Rounded half up to so many decimals.
function-thousands = A number with thousands separators.
function-capital = An amount in Chinese capital figures, to the cent.
function-abs = The number without its sign.
function-least = The smallest of several numbers.
function-most = The largest of several numbers.
function-join = Joins what follows; the first argument stands between.
function-cut = Only the first characters.
function-part = So many characters from a place on (the first is 1).
function-replace = Puts other words in the place of some.
function-trim = Without blanks at both ends.
function-upper = In capital letters.
function-lower = In small letters.
function-pad = Filled up on the left to so many characters.
function-length = How many characters.
function-contains = Does it contain these words?
function-when = The second where the test holds, else the third; what is not chosen is not looked up.
function-choose = Value by value: what stands behind the equal one; the last is for all others.
function-first_of = The first that is not empty.
function-text = As text.
function-base = Looks up a correspondence: kind, code; a third argument (such as a department) chooses among several.
function-sum = The sum of a column of lines.
function-count = How many lines; or how many that meet a test.
function-first = The value of the first line.
function-each = Every different value of a column, joined.
mapping-empty = No company carries a flow yet
mapping-empty-hint = Add a company with its flows under “Systems and companies” first; its fields appear here.

## Command line and demo

door-no-screen = There is no screen, so the engine runs without a window; press Ctrl+C to stop it.
door-no-screen-demo = There is no screen, so the demo runs without a window.
door-serving = The engine is running; press Ctrl+C to stop it.
door-gateway = The gateway is open: { $address }
door-nothing-on = No flow is switched on. Import a site file first (site import) and set the flow's "on" to true.
door-sending = Ordered to send { $number } now.
door-send-several = Several bills are called "{ $number }"; choose in the window.
door-would = Would go to the OA: { $title }
door-imported = Imported: { $systems } systems, { $routes } routes, { $base_data } base data rows.
door-registered = Registered with the OA system "{ $system }"; its two values are in the keyring.
door-trail-whole = The audit trail is whole and unchanged.
door-trail-broken = The audit trail is broken from line { $number } on; ask the administrator to look into it.
claims-none = No audited claim found.
claims-claim = Claim
claims-supplier = Supplier
claims-order = Order
claims-currency = Currency
claims-amount = Amount
claims-deducted = Deducted
claims-set_aside = On its way
claims-open = Open
claims-settled_by = Settled by
claims-by-invoice = Invoice
claims-by-goods = Goods
claims-by-payment = Payments
claims-due = Supplier { $supplier }: { $open } { $currency } open; the next invoice must deduct up to { $due }.
claims-due-total = Supplier { $supplier }: { $open } { $currency } open; this invoice must deduct { $due } and come to { $total }.
door-company = In force: version { $number } of the flow “{ $flow }” for the company { $company }: { $rows } rows and { $settings } settings of its own, the rest as the group has it.
door-prices-sum = Looked at { $looked } bills audited in the last { $days } days; { $count } are outside their price lock.
door-backup-made = Backed up to "{ $file }": { $count } documents, { $lines } lines of the trail, all read back. Secrets are not in it.
door-restored = Restored from "{ $file }": { $count } documents.
door-restored-former = The former data is kept in "{ $file }".
door-restored-orders = { $count } orders that waited when the backup was made are void; give again what is still wanted.
door-restored-looks = When the engine starts it looks in both systems for rounds made since the backup, adopts them, and only then sends.
demo-flow = Flow
demo-company = Company
demo-documents = Documents
demo-done = Done
demo-returned = Returned
demo-cancelled = Cancelled
demo-failed = Needs a person
demo-as-expected = As expected
demo-sum = Rounds { $rounds }, duplicates { $duplicates }, lost { $lost }, { $calls } calls per document, { $seconds } seconds.

## Reconciliation

gap-not_here = There, but not here
gap-not_here-do = Make sure that the engine runs; if it stays, check the company and flow settings.
gap-stranger = An OA request carries a key of ours, but no document here has it
gap-stranger-do = Another engine may be at work, or the data was exchanged; have an administrator look.
gap-erp_gone = The ERP no longer has the bill
gap-erp_gone-do = Find out in the ERP whether it was deleted; if so, dismiss the document in the queue.
gap-erp_state = The ERP's state is not ours
gap-erp_state-do = Press "Sync now"; if it stays, open the bill in the ERP.
gap-unapproved = Audited in the ERP without the OA's approval
gap-unapproved-do = Finance decides: un-audit and submit again, or accept it in the queue with a reason.
gap-oa_gone = The OA request was deleted
gap-oa_gone-do = Ask the OA administrator; where approval is needed, the maker takes the bill back and submits again.
gap-oa_state = The OA's state is not ours
gap-oa_state-do = Press "Sync now"; if it stays, open the request in the OA.
gap-erp_value = The bill's content is not what was sent
gap-erp_value-do = Compare both values; what was approved counts, a changed bill is submitted again.
gap-oa_value = The OA form's content is not what was sent
gap-oa_value-do = Ask the approver about the change; if it is not agreed, have the request returned.
gap-bill_gone = The bill that was made is gone
gap-bill_gone-do = Find out in the ERP who deleted it; finance decides whether it is entered again.
gap-bill_state = The made bill's state is not ours
gap-bill_state-do = Open the bill in the ERP and bring it to the state that the flow asks for.
gap-bill_value = The made bill is not what was approved
gap-bill_value-do = Finance compares both values and corrects the bill.
gap-stuck = Waits for a person
gap-stuck-do = Open it in the queue and follow its advice.

match-submitted = In approval
match-audited = Audited
match-created = Created
match-draft = Draft
match-reopened = Reopened
match-void = Void
match-gone = Not there
match-running = Running
match-approved = Approved
match-rejected = Returned
match-withdrawn = Withdrawn
match-ended = Ended

reconcile-title = Four-way reconciliation
reconcile-at = Reconciled at
reconcile-window = Window
reconcile-window-told = documents that changed since { $since }, and all that are under way
reconcile-result = Result
reconcile-clean = No difference: { $count } documents, { $amounts }; ERP, OA, store and money agree.
reconcile-differs = { $count } differences among { $documents } documents, { $amounts }.
reconcile-unread = { $company }, { $flow } could not be read and was not reconciled: { $why }
reconcile-nothing = no amounts
reconcile-documents = Documents
reconcile-done = Audited
reconcile-moving = Under way
reconcile-kind = Difference
reconcile-ours = Here
reconcile-erp = ERP
reconcile-oa = OA
reconcile-currency = Currency
reconcile-field = Field
reconcile-sent = As sent
reconcile-found = Now
reconcile-cure = What to do
reconcile-written = Written to "{ $file }".

## The systems page

button-save = Save
button-test = Test connection
button-test-typed = Test what is typed
button-test-all = Test all
button-delete-system = Delete this system
system-add = Add
system-new = New system
system-saved = Saved.
system-used = A company still uses this system. Give that company another one first.
systems-group = Systems
routes-group = Companies
systems-count = { $systems ->
    [one] 1 system
   *[other] { $systems } systems
 }, { $routes ->
    [one] 1 company
   *[other] { $routes } companies
 }, { $flows ->
    [one] 1 flow
   *[other] { $flows } flows
 } running
systems-choose = Choose a system or a company at the left
systems-choose-hint = Its connection, its last test and its flows show here.
systems-empty = No system is connected yet
systems-empty-hint = After the four steps above, the first bill goes to approval by itself.
lead-title = Four steps to the first sync
lead-erp = Connect the ERP
lead-oa = Connect the OA
lead-route = Join a company
lead-flow = Switch on a flow
lead-erp-hint = Enter the account set's address and the integration user, test, then save.
lead-oa-hint = Enter the OA's address and app ID; once saved, order the registration.
lead-route-hint = Say which organisation number is which company, in which account set and which OA.
lead-flow-hint = Enter the OA workflow ID and tick “Run”; both forms are checked first.
lead-erp-do = Connect the ERP
lead-oa-do = Connect the OA
lead-route-do = Join a company
lead-flow-do = Switch on a flow
engine-elsewhere = The engine runs in another window or service. What you order here is carried out there.
engine-none = No engine is running: no bill is being synced.
engine-take = Run the engine here
engine-paused = The engine is paused: no new run begins.
health-testing = Being tested
health-failed = Test stopped at “{ $step }”
health-tested = Test passed in { $seconds } s
health-ran = Well, last answer: { $lapse }
health-unknown = Not tested yet
route-running = { $count ->
    [one] 1 flow running
   *[other] { $count } flows running
 }
route-idle = No flow is on
check-title = Connection test
check-idle = A test goes step by step: name, network, certificate, account set or registration, sign-in, rights and clock. Where it stops, it says what to do.
check-running = Checking step by step; you may go on with other things.
check-stop = Stop the test
check-when = { $when }, took { $seconds } s
check-rest = The steps after this one were not checked.
check-ok = passed
check-failed = failed
form-more = More settings
form-optional = optional
form-missing = Please fill in “{ $field }”.
form-address = The server address begins with http:// or https:// and names a host.
form-number = “{ $field }” must be a number.
secret-kept = stored; leave empty to keep it
secret-keyring = Stored in this machine's keyring
secret-environment = Comes from an environment variable; change it there
secret-memory = Kept in memory only (demo)
secret-missing = Not given yet; saving puts it into this machine's keyring
note-verify_tls = yes verifies, no does not; or the path of a certificate file
note-proxy = For example http://proxy:8080; empty without a proxy
note-longest_s = Only after this time may “no trace” mean that nothing happened
register-done = Registered with the OA
register-missing = Not registered with the OA yet
register-hint = Registration gives two keys, which go to this machine's keyring only.
register-do = Register…
register-again = Register again…
register-save-first = Save this system first.
register-title = Register with “{ $title }”?
register-what = DanQiao asks the OA for a new pair of keys for this app ID and puts them into this machine's keyring.
register-old = On older patches a registration ends the tokens and keys of all programs that share this app ID. Make sure that no other program uses it.
register-deed = Register and use the new keys
register-ended = Registered; both keys are stored. Please test the connection again.
delete-title = Delete “{ $title }”?
delete-what = The connection's settings go; synced bills and the audit trail stay.
leave-title = Discard what is not saved?
leave-what = What you typed here is not saved and cannot be brought back.
leave-do = Discard
route-add = Join a company
route-new = New company
route-title = Company
route-company = Organisation number
route-company-note = Bills with this organisation number belong to this company
route-erp = ERP system
route-oa = OA system
route-applicant = Default applicant (OA person ID)
route-applicant-note = Stands in where a maker has no OA account; empty = a person is asked
route-flows = Flows
route-saved = Saved.
route-no-systems = Connect an ERP and an OA first.
route-held = This company is on hold.
route-release = Release
route-released = Released; the next run tries again.
flow-on = Run
flow-every = Every (s)
flow-workflow = OA workflow ID
flow-no-workflow = No OA
flow-checking = Checking both systems' forms
flow-why = { $count ->
    [one] It cannot be switched on now, for one reason:
   *[other] It cannot be switched on now, for { $count } reasons:
 }
flow-never = Has not run yet
flow-off = Switched off
flow-ran = { $when }: { $found } found, { $moved } moved
flow-ran-badly = { $when }, broke off: { $said }
flow-now-on = “{ $flow }” is on.
flow-now-off = “{ $flow }” is off; bills on their way are finished.
schedule-open = When “{ $flow }” runs
schedule-title = { $company }: when { $flow } runs
schedule-pace = Pace
schedule-pace-every = By interval
schedule-pace-times = Every day at fixed times
schedule-pace-cron = cron expression
schedule-every = Every (s)
schedule-times = Times
schedule-times-note = 24-hour clock, separated by spaces
schedule-cron = cron
schedule-cron-note = minute hour day month weekday (0 and 7 are Sunday)
schedule-days = Days
schedule-workdays = Working days only (holidays by the work calendar)
schedule-hours = Quiet hours
schedule-quiet = No run by itself:
schedule-escort = Month end
schedule-month-end = 3 working days before: no limits, every
schedule-month-end-every = Month end: every (s)
schedule-seconds = s
schedule-pause = Pause
schedule-pause-none = Not paused
schedule-pause-hour = For an hour
schedule-pause-tomorrow = Until tomorrow, 8:00
schedule-pause-week = For 7 days
schedule-pause-until = Until { $when }
schedule-next = Next times
schedule-never = It would never run again.
schedule-run-now = Run once now
schedule-run-ordered = A run is ordered.
schedule-wrong-times = Times look like 08:30, at least one.
schedule-wrong-cron = Not a cron expression: five fields (minute hour day month weekday) that some day fits.
schedule-wrong-quiet = Quiet hours look like 22:00 and 06:00, and differ.
schedule-wrong-every_s = The interval is between 1 second and 24 hours.
schedule-every-told = every { $seconds } s
schedule-workdays-told = working days only
schedule-quiet-told = quiet { $first }–{ $last }
schedule-month-end-told = month-end pace
schedule-paused-told = paused until { $when }
schedule-separator = {", "}
schedule-next-told = {"; "}next { $when }
schedule-missed-off = missed { $since }–{ $until } (the program did not run), caught up
schedule-missed-asleep = missed { $since }–{ $until } (this computer slept), caught up
ago = { $lapse } ago
field-common-longest_s = Longest wait (s)
choice-k3cloud-sign_in-sign = Signed requests (recommended)
choice-k3cloud-sign_in-headers = Signed sign-in headers
choice-k3cloud-sign_in-app_secret = App secret
choice-k3cloud-sign_in-password = User and password
choice-k3cloud-lcid-2052 = Simplified Chinese (2052)
choice-k3cloud-lcid-1033 = English (1033)
choice-k3cloud-lcid-3076 = Traditional Chinese (3076)
choice-k3cloud-sign_hash-sha256 = SHA-256
choice-k3cloud-sign_hash-sha1 = SHA-1 (older versions)
choice-k3cloud-filter_in-or = Joined conditions
choice-k3cloud-filter_in-in = Set condition
choice-k3cloud-link_hash-sha256 = SHA-256
choice-k3cloud-link_hash-sha1 = SHA-1 (older versions)
choice-ecology-varchar-bytes = In bytes
choice-ecology-varchar-characters = In characters
choice-ecology-link-sso = Single sign-on
choice-ecology-link-plain = Plain address
choice-k3wise-trigger-review = The multi-level review is started
choice-k3wise-trigger-tick = A box is ticked
choice-k3wise-trigger-saved = It is saved (not for approvals)
choice-k3wise-update_nesting-inner = In the inner Data
choice-k3wise-update_nesting-outer = Outermost
choice-ecology-sso_by-oauth2 = OAuth2
choice-ecology-sso_by-cas = CAS
choice-ecology-sso_login-loginid = login name
choice-ecology-sso_login-workcode = staff number

## The demo company in one's own hands

nav-demo = Demo
page-play = Demo company
play-people = People of the demo company
play-nobody = Just watch
play-nobody-hint = Everybody acts by himself
play-watch = People act by themselves; choose one to act for
play-hand = You act for { $name }, who does nothing alone
play-pause = Pause everybody
play-resume = Let everybody go on
play-pause-switch = Pause or resume the demo company
play-erp-page = ERP web page
play-oa-page = OA web page
play-waits = Waiting for { $name } in the OA: { $count }
play-waits-none = Nothing waits for { $name } now.
play-orders = All bills
play-orders-of = Bills of { $name }
play-number = Bill number
play-maker = Maker
play-node = Node
play-since = Waiting
play-amount = Amount
play-erp = In the ERP
play-ours = In DanQiao
play-oa = In the OA
play-opinion = Opinion
play-opinion-missing = A return needs an opinion: it goes back to the bill in the ERP.
play-approve = Approve
play-reject = Return
play-quantity = First line
play-edit = Change
play-withdraw = Withdraw
play-submit = Submit
play-make = New bill, submitted
bill-status-Z = Draft
bill-status-A = Created
bill-status-B = In approval
bill-status-C = Audited
bill-status-D = Reopened
deed-submit = { $who } submitted { $number }
deed-approve = { $who } approved { $number }
deed-reject = { $who } returned { $number }
deed-withdraw = { $who } withdrew { $number }
deed-edit = { $who } changed { $number }

play-admin = Demo admin
flow-name = Flow
flow-last = Last run

play-partner = Partner

## The overview

overview-well = All is well
overview-stuck-told = { $count ->
    [one] { $count } document to handle
   *[other] { $count } documents to handle
}
overview-rest = { $flowing } under way, { $today } done today.
overview-rest-worth = Under way: { $amounts }.
overview-rest-oldest = The oldest has waited { $lapse }.
overview-act = Handle { $count }
overview-check = Check health
overview-checked = Health
overview-check-running = Looking at connections, rights, forms, clocks, database and backup; you can go on.
overview-check-well = All { $count } points are well.
overview-check-wrong = { $count } points need attention, { $rest } are well.
overview-level-warn = Attention
overview-level-fail = Failed
overview-handle = Handle what needs a person
overview-empty = No documents yet
overview-empty-hint = Once flows are on and bills are submitted, this shows where each company's documents stand, what they are worth and who must act.
overview-flows = Companies and flows
overview-flows-is = Documents; "to handle" is part of the two columns before it. Every number opens its list.
overview-causes = What keeps them
overview-causes-is = by the value that is blocked
overview-daily = Failures and repairs by day
overview-daily-is = Last 7 days; the time is the median of those mended
overview-name = Company / flow
overview-waiting = To send
overview-flowing = In approval
overview-today-done = Done today
overview-stuck = To handle
overview-bar-today = Today { $count }
overview-under-way = Under way
overview-blocked = Blocked
overview-oldest = Oldest
overview-cause = Reason
overview-count = Documents
overview-share = Share
overview-day-of = Day
overview-done = Done
overview-failed = Failed
overview-left = Left that day
overview-minutes = Minutes to mend
overview-total = Total
overview-bars = Done in 14 days
overview-key-done = Done
overview-key-left = Left that day
overview-day = { $day }: { $done } done, { $failed } failed, { $left } left that day
overview-first-pass = First-pass rate
overview-first-pass-is = Done in one round without any failure ÷ all done, last { $days } days
overview-lead = Time that half / nine in ten do not exceed
overview-lead-send = Found to delivered
overview-lead-approval = Approval
overview-lead-write = Written to done
overview-lead-told = { $half } / { $most }
overview-lead-is = Of the last { $count } documents done, at most
overview-saved = Not typed again
overview-saved-fields = { $count } fields
overview-saved-is = { $documents } done in { $days } days, header fields only; at { $seconds } s each that is { $hours } h.
overview-saved-factor = { $handled } were handled by a person, at { $minutes } min each: the time saved is { $factor } times the time spent (promised: 2 to 4).
overview-seconds = { $count } s
overview-none = None yet

## The queue page

column-state = State
column-number = Bill
column-request = OA number
column-flow = Flow
column-company = Company
column-partner = Partner
column-amount = Amount
column-age = Age
column-step = Next step
column-created = Found at
column-changed = Last change
column-currency = Currency
column-round = Round
queue-search = Search number, partner, amount
queue-count = { $count ->
    [one] { $count } document
   *[other] { $count } documents
  }
queue-pause = Pause sync
queue-resume = Resume sync
queue-paused = Sync is paused: nothing is sent, audited or written back.
queue-paused-more = Every document stays where it is and goes on when you resume.
queue-stopped = The engine is not running, so no document moves.
queue-stopped-more = Open the program again, or start the background service.
queue-held = { $what }
queue-empty-title = No documents yet
queue-empty-hint = Bills submitted in the ERP appear here by themselves. If none ever comes, switch a flow on under Systems.
queue-none-title = No document fits
queue-none-hint = Try another number or a part of it, or clear the filters.
queue-clear = Clear filters
queue-views = Saved filters
queue-view-keep = Keep these filters
queue-view-kept = Kept as “{ $name }”
queue-view-drop = Delete a saved filter
queue-view-all = All documents
chip-company = Company
chip-flow = Flow
chip-state = State
chip-time = Changed
chip-any = all
chip-more = { $first } and { $count ->
    [one] one more
   *[other] { $count } more
  }
state-open = Unfinished
time-any = any time
time-today = today
time-days = last { $days } days
next-open_request = Goes to approval
next-read_decision = Waits for approval
next-audit_bill = Will be audited
next-check_claims = Audited once claims are checked
next-send_back = Goes back to its maker
next-returned = Maker edits and submits again
next-kept_out = Kept out by rule "{ $rule }"
next-retry = Tried again { $when }
next-retry-soon = Tried again at once
queue-export = Export as CSV
queue-export-name = queue
queue-export-files = CSV file
queue-exporting = Writing { $done } of { $count }
queue-exported = { $count ->
    [one] One document
   *[other] { $count } documents
  } written to { $file }
queue-export-failed = The file could not be written: { $said }
queue-export-cancelled = Export cancelled; no file was left behind.
queue-export-folder = Open folder
queue-export-stop = Cancel export
queue-open-panel = Open the document panel
queue-find-all = Find a document
order-waiting = Ordered; the engine will do it
order-waiting-long = The engine is not running; it will do this when it starts
order-result-done = Done
order-result-nothing_failed = This document has not failed; nothing to send again.
order-result-not_in_doubt = The outcome is no longer unknown.
order-result-number_missing = Enter the OA number first.
order-result-bound_elsewhere = This OA request belongs to another document.
order-result-not_found = The OA has no request with this number.
order-result-differs = That OA request does not match the bill, and was not bound.
order-result-other_key = This OA request was not opened for this document.
order-result-not_waiting = This document no longer waits for a decision.
order-result-reason_missing = Enter a reason first.
order-result-busy_or_at_rest = This document is being worked on or is finished; it cannot be dismissed.
order-result-running = This document is in approval; it cannot be dismissed.
order-result-not_dismissed = This document was not dismissed, or this round was already sent.
order-result-not_held = This company was not held.
order-result-unknown = The engine does not know this order; the two programs may differ in version.
order-result-why_unknown = The ERP has no such number.
order-result-why_unasked = The ERP could not be asked just now.
order-result-why_not_submitted = The bill is not waiting for approval in the ERP.
order-result-why_gone = The ERP no longer shows the bill.
order-result-why_no_company = The organisation of the bill is not joined.
order-result-why_not_carried = This company has no such flow.
order-result-why_off = The flow is switched off.
order-result-why_stopped = No engine is running.
order-result-why_paused = The engine is paused.
order-result-why_held = The flow is held.
order-result-why_kept_out = A rule keeps the bill from being sent.
order-result-why_failed = Something about the bill must be cured first.
order-result-why_dismissed = The bill was dismissed.
order-result-why_made = The bill was made from an OA request and is not sent again.
order-result-why_sending = The bill is being sent just now.
order-result-why_sent = The bill was sent already.
order-result-why_generated = This is a request in the OA, no bill to be sent.

## The failures page

failures-search = Cause, base data code, error code
failures-causes = Causes
failures-second =
    { $count } { $count ->
        [one] bill
       *[other] bills
    }, { $causes } { $causes ->
        [one] cause
       *[other] causes
    }
failures-blocked = { $money } blocked
failures-tab-waiting = To handle { $count }
failures-tab-retrying = Retrying by itself { $count }
failures-tab-dismissed = Dismissed { $count }
failures-order = Most blocked money first
failures-none-found = No cause fits. Try another word, or clear the search.
failures-bills =
    { $count } { $count ->
        [one] bill
       *[other] bills
    }
failures-number-more = { $number } (one of { $count })
failures-chosen = { $count } selected
failures-first = first seen { $when }
failures-touches =
    { $flows } { $flows ->
        [one] flow
       *[other] flows
    }, { $companies } { $companies ->
        [one] company
       *[other] companies
    }
failures-part-what = What happened
failures-part-why = Why
failures-part-do = What to do
failures-part-who = Who
failures-part-said = Their words
failures-to-base = Match it in base data
failures-to-mapping = Mend the mapping
failures-to-routes = Set up the company
failures-to-system = Check { $system }
failures-open-erp = Open { $number } in the ERP
failures-open-panel = Open { $number } and choose
failures-resend =
    Resend { $count } { $count ->
        [one] bill
       *[other] bills
    }
failures-resend-chosen = Resend { $count } selected
failures-take-back-note = Each bill is checked again as it is now, and then sent.
failures-gone = This cause holds no bill any more.
failures-resend-note = Each bill is checked again before it goes; none is sent twice.
failures-check =
    Look at { $count } { $count ->
        [one] bill
       *[other] bills
    } again
failures-check-chosen = Look at { $count } selected again
failures-check-note = Open each bill and choose; looking again sends nothing twice.
failures-take-back =
    Take up { $count } { $count ->
        [one] bill
       *[other] bills
    } again
failures-take-back-chosen = Take up { $count } selected again
failures-dismiss = Dismiss…
failures-dismiss-do =
    Dismiss { $count } { $count ->
        [one] bill
       *[other] bills
    }
failures-held-bills = Blocked bills
failures-dismissed-bills = Dismissed bills
failures-dismissed-title =
    { $count } { $count ->
        [one] bill was
       *[other] bills were
    } dismissed
failures-stands = Stands at
failures-empty-title = Everything is well
failures-empty-hint = No bill waits for a person. Bills that stop appear here, by cause.
failures-empty-retrying = Nothing is being retried
failures-empty-retrying-hint = While a system cannot be reached, its bills wait here and are tried again by themselves.
failures-empty-dismissed = Nothing was dismissed
failures-empty-dismissed-hint = Dismissed bills stay here and can be taken up again at any time.
failures-giving = Giving the order, waiting for the engine
failures-progress = { $done } of { $count } settled
failures-stopping = Stopping: what was ordered is finished, nothing more is ordered.
failures-stop = Stop
failures-close-result = Close result
failures-result =
    { $count } { $count ->
        [one] bill
       *[other] bills
    }: { $told }
failures-result-none = There was nothing to do.
failures-result-list = Result
failures-tally-done = { $count } went through
failures-tally-failed = { $count } stopped again
failures-tally-waiting = { $count } still under way
failures-tally-left = { $count } not ordered
failures-became-done = Went through
failures-became-failed = Stopped again
failures-became-waiting = Under way; the engine will go on with it
failures-became-left = Not ordered
failures-help = What the codes mean
failures-help-back = Back
failures-help-search = Code or words
failures-help-none = No code fits.
failures-command-resend = Resend the bills of this cause
failures-command-cure = Go to the cure
failures-command-dismiss = Dismiss the bills of this cause

## The document panel

panel-title = Document
panel-open-erp = Open in ERP
panel-open-oa = Open in OA
panel-open-failed = No browser could be opened; the link is on the clipboard.
panel-check = Check again
panel-copy-number = Copy the bill number
panel-more = More
panel-close = Close the panel
panel-keys = Esc closes, J / K next and previous
panel-dismiss = Dismiss this document
panel-take-back = Take up again
panel-reason = Reason
panel-reason-hint = Say why (for the audit trail)
panel-tab-timeline = Timeline
panel-tab-bill = ERP bill
panel-tab-request = OA request
panel-tab-mapped = Mapped
panel-tab-sent = Sent
panel-tab-answer = Answer
panel-tab-chain = Linked bills
panel-none-bill = This bill has not been read yet.
panel-none-mapped = Nothing has been mapped for the OA yet.
panel-none-bills = No ERP bill has been made yet.
panel-none-sent = Nothing has been sent to any system yet.
panel-none-answer = No answer has come yet.
panel-none-kept = What was sent is no longer kept, or it was never sent.
panel-header-fields = Header
panel-lines-of = Lines of { $table } ({ $count })
panel-field = Field
panel-value = Value
panel-attempt = Round { $round }  { $step }  try { $number }  { $outcome }
panel-took = { $ms } ms
panel-cut = Too long: only the first { $count } characters are shown. “Copy all” takes everything.
panel-copy-all = Copy all

# bills that belong together
chain-bill = Bill
chain-owner = Made by
chain-day = Date
chain-open = Open here
chain-note = Bills before and after this one, by the ERP's own source fields as they are now; a double click opens one.
chain-blind = { $system } does not tell which bills belong together; only those that were sent or made by us are listed.
chain-none = There is no bill in the ERP yet.
undo-title = { $count ->
        [1] Undo this later bill in the ERP; after that it goes back by itself:
       *[other] Undo these { $count } later bills in the ERP in this order; when the last one is gone it goes back by itself:
    }
undo-open = Open { $bill } { $number }
undo-turn = Order
undo-nth = Step { $turn }
undo-how = To do
undo-draft = Delete it
undo-created = Delete it
undo-submitted = Withdraw, then delete it
undo-audited = Un-audit, then delete it
undo-reopened = Delete it
undo-void = Nothing
bill-state-draft = Draft
bill-state-created = Created
bill-state-submitted = Submitted
bill-state-audited = Audited
bill-state-reopened = Reopened
bill-state-void = Void
panel-round = Round { $round }
panel-all-steps = Show every step
panel-main-steps = Main steps only
said-quoted = “{ $said }”
panel-waiting = for { $lapse }
panel-times = { $count } times
fact-tamper = Content check
compared-organisation = organisation
compared-partner = partner
compared-amount = amount
compared-currency = currency
compared-date = date
compared-status = state of the request
compared-fields = comparable fields
compared-differs = { $name } “{ $erp }” in the ERP, “{ $oa }” in the OA
request-rejected = rejected
request-withdrawn = withdrawn
request-ended = ended by force
fact-tamper-none = Not sent yet
fact-tamper-kept = Kept as it was sent
fact-tamper-same = Audited as it was sent
fact-tamper-changed = Changed after sending
fact-digest = Fingerprint
fact-maker = Maker
fact-company = Company
fact-partner = Partner
fact-request = OA number
fact-round = Round
fact-key = Key
fact-found = Found
fact-changed = Last change
fact-attempts = Calls made
rail-submitted = Submitted
rail-asked = Submitted in OA
rail-handed-on = Back to OA
rail-request = Sent to OA
rail-approval = Approval
rail-audit = Audit in ERP
rail-check = Check claims
rail-checked = once checked
rail-returned = Back to maker
rail-cancelled = Cancelled
rail-dismissed = Dismissed
rail-handed_over = By hand
rail-auto = when approved
rail-waits = waiting
rail-person = to handle
cure-since = since { $when }
cure-tries = tried { $count ->
    [one] once
   *[other] { $count } times
  }
cure-next = tried again { $when }
cure-number-hint = OA number
cure-is-there = It is there: bind this OA number
cure-is-there-plain = It was done, go on
cure-by-hand = Entered by hand: compare and bind this OA number
cure-not-there = It is not there: do “{ $step }” again
cure-look-again = Look once more
cure-retry = Mended: process { $number } again
cure-retry-now = Try now
cure-undone = All undone, look now
cure-accept = Accept the audit, end the OA request
cure-accept-gate = Accept this audit
cure-approve = Treat as approved, audit the bill
cure-reject = Treat as rejected, back to its maker
cure-dismiss = Dismiss { $number }
cure-reason-needed = Say why first

## What the trail says

trail-intent = { $step }: begun
trail-done-step = { $step }: done
trail-refused = { $step }: refused
trail-lost = { $step }: never arrived, done again
trail-in_doubt = { $step }: no outcome
trail-found = Bill found
trail-handed_in_again = Submitted again, round { $round } begins
trail-taken_up_again = Taken up again
trail-adopted = Took over the request that the OA already had
trail-kept_out = Kept out by a filter
trail-looked_at_again = Bill or rule changed, judged again
trail-requested = Sent to approval
trail-approved = Approved in the OA
trail-rejected = Returned in the OA
trail-withdrawn = Request withdrawn by its applicant
trail-ended = Request ended by force
trail-audited = Bill audited in the ERP
trail-audited_by_hand_after_approval = Approved, then audited by hand
trail-taken_back_after_approval = Approved, then taken back by its maker
trail-rule = Agreed, but a rule no longer holds: going back
trail-returned = Sent back to its maker
trail-returned_by_hand = Sent back by hand
trail-closed = OA request ended
trail-applicant_told = Told the applicant in the OA
trail-noted = Opinions written back to the ERP
trail-file_left_out = An attachment stayed behind
trail-cancelled = OA request cancelled
trail-gone = Bill deleted in the ERP
trail-void = Bill void in the ERP
trail-taken_back = Bill taken back by its maker
trail-changed = Bill changed while in approval
trail-audited_by_hand = Bill audited by hand
trail-failed = Stopped here
trail-retry = Asked to process it again
trail-send_now = Ordered to be sent now
trail-bound = Bound to a request that the OA has
trail-handed_over = Entered by hand; compared, bound and closed
trail-decided_approved = Decided: treat as approved
trail-decided_rejected = Decided: treat as rejected
trail-accepted = Accepted the audit by hand
trail-dismissed = Dismissed
trail-behind = Another machine went further; goes on with round { $round }
trail-round_skipped = That round’s request was deleted in the OA; goes on with round { $round }
trail-bill_saved = Bill made in the ERP
trail-bill_pushed = Bill pushed in the ERP
trail-bill_submitted = Bill submitted in the ERP
trail-bill_taken_back = Bill taken back from submission
trail-bill_deleted = Generated bill deleted in the ERP
trail-bill_adopted = Took over the bill that the ERP already had
trail-bill_by_hand = Someone changed the bill’s status by hand
trail-handed_on = Numbers written to the OA, request handed on
trail-request_returned = Request returned to its applicant
trail-request_taken_back = Request taken back by its applicant
opinion-submitted = Submitted
opinion-approved = Approved
opinion-returned = Returned
opinion-rejected = Rejected
opinion-withdrawn = Withdrawn
opinion-forced = Ended by force
opinion-remark = Remark
opinion-cancelled = Cancelled
currency-PRE001 = CNY
currency-PRE002 = HKD
currency-PRE003 = EUR
currency-PRE004 = JPY
currency-PRE006 = GBP
currency-PRE007 = USD

## A code in a few words, for lists

short-NET-101 = Other system unreachable
cause-NET-101 = { $system } cannot be reached
short-NET-102 = No answer in time
cause-NET-102 = { $system } did not answer
short-NET-103 = Connection lost
cause-NET-103 = Connection to { $system } was lost
short-NET-104 = Server error
cause-NET-104 = { $system } had an error (HTTP { $status })
short-NET-105 = Answer unreadable
cause-NET-105 = { $system } answered something unreadable
short-NET-106 = Too many calls
cause-NET-106 = { $system } asks us to slow down
short-NET-107 = Being edited by someone
short-NET-108 = Server name unknown
cause-NET-108 = Server { $host } is not found
short-NET-109 = Certificate refused
cause-NET-109 = { $system } has a certificate that is not trusted
short-NET-110 = Too early to take back
short-SES-201 = Signed out
cause-SES-201 = Signed out of { $system }
short-SES-202 = Signed out again and again
cause-SES-202 = Signed out of { $system } again and again
short-SES-203 = Sign-in refused
short-SES-204 = Sign-on no longer good
cause-SES-203 = { $system } refused the sign-in
short-DBT-301 = Outcome unknown
cause-DBT-301 = Was “{ $step }” done? Nobody knows
short-DBT-302 = Several carry the same key
cause-DBT-302 = Several records of { $form } carry one key
short-DBT-303 = Answered yes, not found again
cause-DBT-303 = “{ $step }” was confirmed, but is not found
short-DBT-304 = Several decisions found
short-DAT-401 = Refused by the other system
cause-DAT-401 = { $system } did not take it
short-DAT-402 = Record not found
cause-DAT-402 = Record not found in { $system }
short-DAT-403 = Field missing on the form
cause-DAT-403 = Form { $form } has no field { $field }
short-DAT-404 = Text too long
cause-DAT-404 = Field { $field } is longer than { $limit } characters
short-DAT-405 = Too many decimals
cause-DAT-405 = Field { $field } has more than { $places } decimals
short-DAT-406 = No lines
cause-DAT-406 = Table { $table } has no line
short-DAT-407 = Too many lines
cause-DAT-407 = More than { $limit } lines
short-DAT-408 = Not a number
cause-DAT-408 = Field { $field } should be a number
short-DAT-411 = Not a date
cause-DAT-411 = Field { $field } should be a date
short-DAT-409 = Read back differs
cause-DAT-409 = Field { $field } reads back differently
short-DAT-410 = Record unreadable
cause-DAT-410 = A record in { $system } cannot be read
short-DAT-420 = Attachments missing
cause-DAT-420 = Attachments have not arrived
short-MAP-501 = Required field has no source
cause-MAP-501 = Required field { $target } of “{ $flow }” has no source
short-MAP-502 = Base data not mapped
cause-MAP-502 = { $kind } { $erp_code } has no counterpart
short-MAP-503 = Mapping rule wrong
cause-MAP-503 = Rule “{ $expression }” is wrong
short-MAP-504 = Company unknown
cause-MAP-504 = Organisation “{ $company }” belongs to no company
short-MAP-505 = Company not unique
cause-MAP-505 = Organisation “{ $company }” belongs to several companies
short-MAP-506 = Maker has no OA account
short-MAP-507 = Bills are being made
cause-MAP-507 = Documents of “{ $flow }” are being made
short-MAP-508 = Draft is outdated
cause-MAP-508 = The draft of “{ $flow }” is out of date
short-MAP-509 = Form was changed
cause-MAP-509 = Field { $field } of form { $form } in { $system }: { $drift }
short-MAP-510 = Golden document differs
cause-MAP-510 = Golden document “{ $title }” differs
short-MAP-511 = Match just changed by somebody else
cause-MAP-511 = { $kind } { $erp_code } was just changed
short-MAP-512 = Match is not one to one
cause-MAP-512 = { $kind } { $erp_code } is not one to one
short-MAP-513 = No single record in the other system
cause-MAP-513 = No single { $kind } in the other system
short-MAP-514 = File cannot be imported
cause-MAP-514 = File { $file } cannot be imported
cause-MAP-506 = “{ $person }” has no OA account
short-RUL-601 = Against a rule
short-RUL-602 = Audited by hand in approval
short-RUL-603 = Later bills block it
short-RUL-604 = Request ended by force
short-RUL-605 = Form changed in approval
cause-RUL-605 = Field { $field } was changed during approval
short-RUL-607 = Gone from the ERP
short-RUL-608 = Request gone from the OA
short-RUL-609 = Changed after sending
cause-RUL-609 = Field { $field } was changed after sending
short-RUL-610 = Changed around the audit
cause-RUL-610 = Field { $field } was changed around the audit
short-RUL-611 = Debit and credit differ
short-RUL-612 = Number used elsewhere
short-RUL-613 = Request left its last node
short-RUL-614 = Generated bill is gone
short-RUL-615 = Request entered by hand does not match
short-RUL-620 = Above what is unpaid
cause-RUL-620 = More is asked than { $source } still owes
short-RUL-621 = Source paid twice
cause-RUL-621 = { $source } would be paid twice
short-RUL-622 = Source not found
cause-RUL-622 = Source bill { $source } is not found
short-RUL-623 = Waits for its source
short-RUL-631 = Claim not deducted
cause-RUL-631 = Claims against { $supplier } are not deducted
short-RUL-632 = Supplier's claim not deducted
cause-RUL-632 = { $supplier } has claims to be deducted
short-RUL-633 = More than the claim's rest
cause-RUL-633 = Claim { $claim } is deducted too much
short-RUL-634 = Deducted claim does not fit
cause-RUL-634 = Claim “{ $claim }” cannot be deducted
short-RUL-635 = Deducts more than its total
cause-RUL-635 = More deducted than invoiced ({ $currency })
short-RUL-636 = Claim in another currency
cause-RUL-636 = Claim { $claim } is in another currency
short-RUL-637 = Audited past the gate
short-RUL-638 = Claim cannot be read
cause-RUL-638 = Claim { $claim } cannot be read
short-RUL-639 = Claim not offset
cause-RUL-639 = Claims of supplier { $supplier } are not offset
cause-RUL-623 = Waiting for source bill { $source }
short-RUL-641 = Price is not the locked one
short-RUL-642 = No locked price
short-RUL-643 = Conflicts with a standing price
short-PER-701 = Right missing
cause-PER-701 = No right in { $system }
short-PER-702 = Key field missing
cause-PER-702 = Form { $form } lacks the key field { $field }
short-PER-703 = Flow file wrong
cause-PER-703 = Flow file { $file } is wrong
short-PER-704 = Data of a newer version
cause-PER-704 = Data of a newer version; this one knows { $known }
short-PER-705 = Data unreadable
cause-PER-705 = Data “{ $where }” cannot be opened
short-PER-706 = Secret missing
cause-PER-706 = “{ $field }” of { $system } is not kept here
short-PER-707 = Clocks differ too much
cause-PER-707 = Clock differs from { $system }
short-PER-708 = Another engine at work
cause-PER-708 = Another machine sends bills to { $system }
short-PER-709 = Data in use
cause-PER-709 = Data “{ $where }” are in use
short-PER-710 = Site file wrong
cause-PER-710 = Site file { $file } is wrong
short-PER-711 = Licence missing
cause-PER-711 = { $system } lacks a licence
short-PER-712 = Right to read lost
cause-PER-712 = Form { $form } is not visible in { $system }
short-PER-713 = System unknown
cause-PER-713 = System “{ $system }” is not there
short-PER-714 = Other system cannot do it
cause-PER-714 = { $system } cannot “{ $what }”
short-PER-715 = Input wrong
short-PER-730 = Work calendar wrong
cause-PER-730 = The work calendar { $file } is wrong
short-PER-731 = Service not set up
cause-PER-731 = The operating system refused “{ $command }”
short-PER-716 = Not allowed
short-PER-717 = Wrong passphrase
short-PER-718 = The last administrator
short-PER-719 = Passphrase too short
short-PER-720 = Another account set
short-PER-740 = Gateway closed
cause-PER-740 = The gateway at { $address } is closed
short-PER-741 = Nobody said who you are
cause-PER-741 = Nobody said who the DanQiao user “{ $person }” is in { $system }
cause-PER-720 = Flow “{ $flow }” points to another account set, { $system }
short-PER-721 = A returned bill would be handed in again
cause-PER-721 = “{ $trigger }” in { $system } would hand in returned bills again
cause-PER-716 = “{ $person }” may not “{ $order }”
cause-PER-717 = Wrong passphrase of “{ $person }”
cause-PER-718 = “{ $person }” is the last administrator
cause-PER-719 = Passphrase of fewer than { $least } characters
short-BUG-901 = Internal error
