"""The catalogue of findings: code, severity, who mends it and the situation; then what the accountant reads; then the
usual fix (``ap_domain.md`` 3.6 and 4.1 to 4.10). Words only; the rules that use them stand elsewhere.
"""

from __future__ import annotations

DOCUMENT_TABLE = """
V01 stop ap: Vendor is not in Acumatica
  This vendor does not exist in Acumatica.
  Create the vendor in Acumatica, or pick the right vendor in Stampli.
V02 note administrator: Vendor was given another ID
  The vendor was given another ID in Acumatica.
  Nothing to do: it is booked under the new ID, which the next vendor file shows in Stampli.
V03 stop ap: Vendor is inactive
  The vendor is inactive in Acumatica.
  Reactivate the vendor, or pick the vendor that replaces it.
V04 stop ap: Vendor is on hold
  The vendor is on hold in Acumatica; its bills are stopped.
  Take the vendor off hold, or wait.
V05 note ap: Payments to the vendor are on hold
  The bill posts, but it cannot be paid: payments on hold.
  Clear the payment hold when the vendor may be paid.
V06 note ap: One-time vendor is used
  A one-time vendor goes inactive after its payment.
  Make it a regular vendor if more invoices will come.
V12 review ap: Name looks like another vendor's
  The vendor's name looks like that of another vendor.
  Confirm that the vendor is right.
V13 stop ap: Vendor is a tax agency or a union
  This is not a trade vendor.
  Pick the trade vendor that sent the invoice; what is owed to agencies and unions is not billed through Stampli.
H01 stop ap: Invoice number is missing
  The invoice number is missing.
  Enter the vendor's invoice number in Stampli.
H02 stop ap: Same vendor and invoice number are booked already
  This invoice is booked already.
  Refuse it as a duplicate, or accept it with a reason if it is another invoice.
H03 review ap: Invoice number looks like one that is booked
  The invoice number looks like one that is booked already.
  Compare both documents, then accept or refuse it.
H04 note ap: Same vendor, amount and about the same date under another number
  The same amount was billed about the same day under another number.
  Make sure it is not billed twice.
H05 stop ap: Invoice number is too long
  The invoice number is too long for Acumatica.
  Shorten the number by your own rule in Stampli.
H06 stop controller: Date lies in no financial period
  The date lies outside the financial calendar.
  Correct the date, or create the periods in Acumatica.
H07 stop controller: Period is inactive
  The period is not opened yet.
  Open the period, or change the date.
H08 stop controller: Period is closed
  The month is closed.
  Choose the next open month, or re-open this one.
H09 stop controller: Period is closed in AP
  AP is closed for the month.
  Choose the next open month, or re-open AP for this one.
H10 stop controller: Period is locked
  The month is locked.
  Have the month unlocked by a financial supervisor, or change the date.
H12 stop controller: There is no open period
  There is no open month to post to.
  Open a period in Acumatica.
H14 stop ap: Invoice date looks mistyped
  The invoice date looks wrong.
  Correct the invoice date in Stampli.
H15 stop ap: Total and lines differ
  The invoice total and its lines differ.
  Correct the line or the total in Stampli.
H17 note ap: Negative total on an invoice
  A negative invoice is read as a credit memo and posted as a debit adjustment.
  Check the kind of the document.
H18 stop ap: Amount is zero
  There is nothing to post: the amount is zero.
  Cancel the document.
H20 stop ap: Currency differs from the vendor's
  The vendor bills in another currency.
  Correct the currency, or allow the vendor to override it.
H23 review ap: Currency is blank and the vendor's is foreign
  No currency is stated; the vendor's foreign currency would be used.
  Confirm the currency.
H24 stop ap: Amount is finer than its currency
  An amount has more decimals than its currency, and is never rounded here.
  Correct the amount in Stampli.
H26 note ap: Description is too long
  The description is shortened.
  Nothing to do; the full text stays in Stampli.
H27 note ap: Due date differs from the terms
  The due date in Stampli is not per the vendor's terms.
  Nothing to do: terms decide. Correct the terms if they are wrong.
H30 stop administrator: Kind of document is unknown
  This kind of document is not known.
  Send it as an invoice, a credit memo or a prepayment.
H33 review ap: Same number and amount at another vendor
  The same invoice number and amount are booked at another vendor.
  Confirm that the vendor is right.
H34 stop controller: Total is over the limit
  The total is over the limit that was set for this connection.
  Check the amount; have the limit raised if it is right.
H35 note ap: Invoices of one day are over the limit together
  Invoices of one vendor and day are together over the limit that was set for this connection.
  Make sure that one invoice was not split to stay below the limit.
B01 stop administrator: Branch is unknown or inactive
  The branch cannot be used.
  Pick an active branch.
B03 stop ap: No branch is stated
  No branch is stated, so the wrong company could be charged.
  Set the branch of the invoice.
B07 stop ap: Two legal entities on one bill
  The lines belong to two legal entities.
  Split the invoice, one for each company.
A01 stop ap: Account is not in Acumatica
  The account is unknown.
  Choose an account that exists.
A02 stop ap: Account is inactive
  The account is closed.
  Choose an active account.
A03 stop ap: Account is a control account
  The account is reserved for the subledger.
  Choose an expense account.
A05 stop ap: Account is a cash account
  A cash account is not for invoices.
  Choose another account.
A06 stop ap: Account holds another currency
  The account holds another currency.
  Choose an account in the currency of the invoice.
A08 stop ap: Account needs quantity and unit
  The account needs a quantity and a unit.
  Add quantity and unit to the line.
A09 stop ap: Subaccount is not in Acumatica
  The subaccount does not exist.
  Choose a subaccount that exists, or create it in Acumatica.
A10 stop ap: Subaccount would be created by posting
  A new subaccount would be created.
  Choose a subaccount that exists, or create it in Acumatica on purpose.
A11 stop ap: Subaccount is inactive
  The subaccount is closed.
  Choose an active subaccount.
A13 stop ap: Subaccount has the wrong length
  The subaccount does not fit its format.
  Give all segments of the subaccount.
A16 stop ap: Account is missing
  The line has no account; a default account would be used.
  Code the line.
A17 review ap: Account is not an expense account
  The account is not an expense account.
  Confirm the account, or choose an expense account.
J01 stop ap: Project is not in Acumatica
  The job is unknown.
  Choose a job that exists.
J02 stop project_manager: Project is completed
  The job is complete.
  Re-open the job, or choose another one.
J03 stop project_manager: Project is not active
  The job is not active.
  Activate the job.
J04 stop project_manager: Project is hidden from AP
  The job is closed to AP.
  Make the job visible in AP.
J05 stop ap: Task is missing on a project line
  The phase is missing.
  Choose a phase of the job.
J06 stop ap: Task is not one of this project
  The phase is not one of this job.
  Choose a phase of the job.
J07 stop project_manager: Task is completed or canceled
  The phase is complete.
  Re-open the phase, or choose another one.
J08 stop project_manager: Task is in planning
  The phase is not yet active.
  Activate the phase, or choose another one.
J09 stop ap: Task is a revenue task
  The phase is not for cost.
  Choose a cost phase of the job.
J10 stop project_manager: Task is hidden from AP
  The phase is closed to AP.
  Make the phase visible in AP.
J11 stop ap: Cost code is missing
  The cost code is missing.
  Choose a cost code.
J12 stop ap: Cost code is unknown or inactive
  The cost code is closed.
  Choose an active cost code.
J14 stop ap: Account cannot carry job cost
  The account cannot carry job cost.
  Choose an account with an account group, or take the job off the line.
J17 review ap: Job-cost account without a job
  The cost would miss the job.
  Choose the job, or confirm that there is none.
P01 stop buyer: Purchase order is not there or cannot be billed
  The purchase order cannot be billed.
  Check the order number and its status.
P02 stop buyer: Line of the purchase order is not there or used twice
  The line of the purchase order cannot be used.
  Choose the right line of the order.
P03 stop administrator: Purchase order type or number is missing
  The purchase order is given only by half.
  Send type and number of the order together.
P06 stop buyer: Line of the receipt is missing
  The receipt is named without its line.
  Choose the line of the receipt.
P07 stop buyer: Purchase order is not approved
  The purchase order is not approved.
  Approve the order.
P08 stop buyer: Purchase order is not printed or emailed yet
  The purchase order must be printed or emailed first.
  Print or email the order, or mark that it needs neither.
P09 stop buyer: Purchase order or its line is canceled
  The purchase order is canceled.
  Make a new order.
P10 stop buyer: Line of the purchase order is closed
  The line of the purchase order is fully billed.
  Re-open the line, or bill without the order.
P11 stop ap: Blanket or standard order
  A blanket or standard order is not billed itself.
  Bill the order released from it.
P12 stop ap: Line is billed by receipt and no receipt is given
  The line must be matched to a receipt.
  Choose the receipt.
P13 stop buyer: Nothing was received yet
  The goods are not received.
  Wait for the receipt.
P14 stop buyer: More is billed than was received
  More is billed than was received.
  Receive the rest, bill what was received, or ask for a credit.
P16 stop project_manager: More is billed than is open on the order
  The invoice is over the commitment.
  Change the order, or correct the invoice.
P17 review buyer: Price is above the order's
  The price is higher than on the purchase order.
  Approve the price, or dispute it with the vendor.
P18 stop ap: Currency differs from the order's
  The order is in another currency.
  Correct the currency.
P19 stop ap: Order belongs to another vendor or location
  The purchase order belongs to another vendor.
  Correct the vendor or the order number.
P20 stop ap: Item or unit differs from the order's
  The order line has another item or unit.
  Convert to the item and unit of the order.
P33 stop ap: Another unreleased bill uses the same balance of the order
  Another draft already uses this purchase order.
  Release or remove the draft, then check again.
P35 review ap: Coding differs from the order's
  The coding of the purchase order will be used.
  Accept it, or change the order.
X01 review ap: Tax differs from what Acumatica computes
  The tax differs from what Acumatica computes.
  Correct the tax, or override it on the bill.
X03 review ap: Tax is stated but the vendor has no tax zone
  The tax would be dropped: the vendor has no tax zone.
  Set the tax zone of the vendor, or code the tax as a cost line.
X04 review ap: No tax is stated but Acumatica adds tax
  Acumatica adds tax that the invoice does not state.
  Use an exempt tax category, or correct the invoice.
X12 stop ap: Tax cannot be overridden here
  Acumatica does not let the tax be set to the stated amount.
  Correct the tax on the bill by hand, then release it.
T01 stop ap: Retainage is stated and cannot be carried
  The sub would be overpaid.
  Enter this bill by hand with its retainage.
T03 stop ap: Retainage percent is outside 0 to 100
  The retainage percent is not possible.
  Correct the percent.
T04 stop ap: Retainage amount does not fit the line
  The retainage amount is not possible.
  Correct the amount.
Z15 stop administrator: Invoice has no lines
  The invoice came without lines.
  Send the invoice again, whole.
"""

POSTING_TABLE = """
C02 stop controller: Bill was not approved in Acumatica
  The bill was rejected in Acumatica.
  Ask the approver for the reason, then correct or void the bill.
C03 stop administrator: Bill has a status that does not let it go on
  The bill cannot go on in the status it has.
  Look at the bill in Acumatica, then run it again.
C04 stop ap: Invoice was changed in Stampli after it was booked
  The invoice was changed in Stampli after it was booked; the bill stays as it is.
  Reverse the bill and send a new document, or keep the bill.
Z05 stop administrator: It could not be found out whether the bill was created
  Acumatica gave no usable answer several times; no bill was found.
  Look for the bill in Acumatica, then run it again.
Z08 stop administrator: Acumatica requires a field that is not sent
  A customisation or an upgrade made a field of the bill mandatory.
  Give the field a default in Acumatica, or have it made optional, then run it again.
Z12 stop ap: Bill differs from what was sent
  The bill in Acumatica differs from the invoice.
  Correct the bill in Acumatica, then run it again.
Z16 stop administrator: Acumatica does not keep bills on hold
  This tenant releases bills at once; the safe mode is not possible here.
  Have the customisation that takes new bills off hold switched off, look at the bill, then run it again.
Z17 note ap: An attachment is not on the bill yet
  An attachment is not on the bill yet.
  Nothing to do: it is tried again with every pass.
UNRECOGNISED stop administrator: Acumatica refused for a reason that is not known here
  Acumatica refused the bill.
  Read Acumatica's own words, correct the cause, then run it again.
"""

PAYMENT_TABLE = """
R01 stop ap: Paid in Stampli, no payment in Acumatica
  Paid in Stampli; Acumatica has no payment.
  Enter or import the payment in Acumatica with the same date and reference.
R02 stop ap: Paid in Acumatica, unpaid in Stampli
  Paid in Acumatica, but not in Stampli: it could be paid twice.
  Mark it paid outside Stampli at once and cancel the scheduled payment.
R03 stop ap: Amount differs
  The amounts differ.
  Compare both payments; correct the side that disagrees with the bank.
R04 note ap: Differs by exactly the discount
  The difference is the cash discount.
  Nothing to do where the discount is recorded.
R05 stop ap: Differs by a credit applied
  The difference is a credit applied in Acumatica.
  Apply the same credit on the other side.
R06 stop ap: Partial on one side, full on the other
  Only a part of the payment is applied to the bill.
  Find the remaining application.
R07 stop ap: Voided in Stampli, live in Acumatica
  Voided in Stampli; the payment lives in Acumatica.
  Confirm the stop with the bank, then void it in Acumatica in an open period.
R08 stop ap: Voided in Acumatica, paid in Stampli
  Paid in Stampli; the payment is voided in Acumatica.
  If the money left, enter the payment again; else void it in Stampli.
R09 stop controller: Failed or returned in Stampli, paid in Acumatica
  The payment failed, but Acumatica shows the bill as paid.
  Void the payment in Acumatica, correct the bank data, pay again.
R10 stop ap: Payment dates differ
  The payment dates differ.
  Explain it; correct the date if the period or the 1099 year changes.
R11 stop controller: Paid to another vendor
  The payment went to another vendor.
  Check for fraud; void and reissue it, or correct the vendor.
R13 stop ap: Payment in Acumatica is not applied
  The payment in Acumatica is not applied to the bill.
  Apply it to the bill.
R14 stop controller: Two payments for one bill
  The bill was paid twice.
  Void the second payment, or ask for a refund.
R15 stop ap: Two bills for one invoice
  There are two bills for this invoice.
  Keep one bill; void or reverse the other.
R16 stop ap: Bill is missing in Acumatica
  There is no bill for this invoice in Acumatica.
  See why it is not posted, or post it.
R18 stop ap: Invoice was canceled in Stampli, the bill lives
  The invoice was canceled in Stampli; its bill stays in Acumatica.
  Void or reverse the bill if the cancellation is right.
R19 stop ap: Bill was voided in Acumatica, the invoice lives
  The bill was voided in Acumatica.
  Cancel the invoice in Stampli, or post it again.
R20 stop ap: Currency differs
  The payments are in two currencies.
  Compare them in the currency of the document first.
R23 stop ap: Payment in Acumatica is not released
  The payment is entered in Acumatica but not released.
  Release or delete it.
R27 stop administrator: Status of the payment is not known
  The status of the payment is not known here.
  Map the word to a status in the connection's settings.
"""
