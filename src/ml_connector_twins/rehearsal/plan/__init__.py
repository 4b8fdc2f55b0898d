"""What a rehearsal plants: invoices, files, payments and what people do, day by day. Data; decides nothing."""
