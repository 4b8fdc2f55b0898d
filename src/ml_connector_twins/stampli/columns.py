"""The columns of `standard-csv`, feed by feed, in the order of `operator_contract.md` 3.

Written from the contract alone, so that the twin and the product cannot share a slip. Data only; must not read files.
"""

from __future__ import annotations

from collections.abc import Mapping

VENDORS = (
    "VendorID,VendorName,Status,PaymentsOnHold,Class,Terms,Currency,TaxZone,PaymentMethod,DefaultAccount,"
    "DefaultSubaccount,Is1099,RemitName,AddressLine1,AddressLine2,City,State,PostalCode,Country,Email,Phone,RecordID,"
    "LastModified,InactiveReason,InactiveOn,Location"
)
ACCOUNTS = "AccountID,Description,Type,Active,RequiresProject,Currency,RecordID,LastModified,InactiveReason,InactiveOn"
SUBACCOUNTS = "SubaccountID,Description,Active,Segment1,Segment2,Segment3,Segment4,Segment5,Segment6"
DIMENSIONS = (
    "Dimension,Value,Description,Active,ParentDimension,ParentValue,Level,RecordID,LastModified,InactiveReason,"
    "InactiveOn"
)
COMBINATIONS = "Project,Task,CostCode,AccountGroup,Active"
PURCHASE_ORDERS = (
    "OrderType,OrderNumber,VendorID,OrderDate,Status,Currency,Terms,Branch,LineNumber,LineType,InventoryID,Description,"
    "Unit,OrderQuantity,UnitCost,ExtendedCost,ReceivedQuantity,BilledQuantity,BilledAmount,OpenQuantity,OpenAmount,"
    "Account,Subaccount,Project,Task,CostCode,BillingBasis,Closed"
)
RESULTS = "ExternalID,VendorID,InvoiceNumber,Result,BillType,BillNumber,BillStatus,Code,Message,At,PaymentBlocked"
APPROVED_INVOICES = (
    "StampliID,Type,VendorID,VendorName,InvoiceNumber,InvoiceDate,DueDate,PostPeriod,Currency,Terms,Branch,Description,"
    "Total,TaxTotal,Link,Status,LineNumber,LineKind,LineDescription,Account,Subaccount,LineBranch,Project,Task,"
    "CostCode,InventoryID,Quantity,Unit,UnitPrice,Amount,TaxCategory,TaxID,POType,PONumber,POLine,ReceiptNumber,"
    "ReceiptLine,Attachment,ApprovedBy,ApprovedAt,AppliesTo,Location,RetainagePercent,RetainageAmount,PreviouslyBilled"
)
PAYMENTS = (
    "PaymentID,Status,Method,Reference,PaymentDate,Currency,PaymentAmount,VendorID,InvoiceNumber,StampliID,"
    "AppliedAmount,DiscountTaken,Reason"
)

FEED_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "vendors": tuple(VENDORS.split(",")),
    "accounts": tuple(ACCOUNTS.split(",")),
    "subaccounts": tuple(SUBACCOUNTS.split(",")),
    "dimensions": tuple(DIMENSIONS.split(",")),
    "combinations": tuple(COMBINATIONS.split(",")),
    "purchase_orders": tuple(PURCHASE_ORDERS.split(",")),
    "results": tuple(RESULTS.split(",")),
    "approved_invoices": tuple(APPROVED_INVOICES.split(",")),
    "payments": tuple(PAYMENTS.split(",")),
}

# The columns that name one row of a feed we receive: two rows with the same values are the same thing twice.
FEED_KEYS: Mapping[str, tuple[str, ...]] = {
    "vendors": ("VendorID", "Location"),
    "accounts": ("AccountID",),
    "subaccounts": ("SubaccountID",),
    "dimensions": ("Dimension", "Value"),
    "combinations": ("Project", "Task", "CostCode", "AccountGroup"),
    "purchase_orders": ("OrderType", "OrderNumber", "LineNumber"),
    "results": ("ExternalID",),
}
