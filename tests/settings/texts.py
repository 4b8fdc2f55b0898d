"""Settings texts for tests: the least that loads, and all keys at once. No test lives here."""

from __future__ import annotations

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0mZ7cHq5s5cE2rY8w1J7m8uQ0Vxw3qVb2kq0ExampleA"

LEAST = f"""
[connections.harbor.acumatica]
url = "https://erp.example.com/AcumaticaERP"
tenant = "HRB"
version = "24.200.001"
auth = "session"
username = "connector"

[connections.harbor.stampli]
host = "sftp.example.com"
username = "harbor"
host_keys = ["{KEY}"]
"""

ALL = f"""
[store]
url = "sqlite:///data/own.db"
archive = "data/originals"

[engine]
workers = 8
dead_after_seconds = 20
grace_seconds = 7.5

[connections.harbor]
label = "Harbor Ridge Builders"
time_zone = "America/New_York"
cut_over = 2026-01-01

[connections.harbor.acumatica]
url = "https://erp.example.com/AcumaticaERP/"
tenant = "HRB"
endpoint = "Default"
version = "24.200.001"
branch = "MAIN"
auth = "password"
client_id = "8D6E1C3A-0000-0000-0000-000000000000@HRB"
username = "connector"
requests_per_minute = 60
concurrent_requests = 3
ca_file = "erp-ca.pem"
allow_private = true
subaccount_segments = [2, 3, 2]
extended_endpoint = "Extended/24.200.001"
mark_attribute = "STAMPLIMARK"

[connections.harbor.stampli]
host = "sftp.example.com"
port = 2222
username = "harbor"
host_keys = ["{KEY}", "{KEY} next"]
inbound = "/in"
outbound = "/out"
settle_seconds = 0.5
company = "ACME01"
final_statuses = ["Done"]
payment_statuses = {{ "Cleared" = "cleared", "On its way" = "sent" }}
allow_private = true

[connections.harbor.feeds.vendors]
attributes = ["TRADE", "REGION"]
locations = true

[connections.harbor.feeds.approved_invoices]
layout = "layouts/harbor_invoices.toml"
match = "invoices_*.csv"
mode = "snapshot"
after = "move"
move_to = "/out/done"
folder = "/out/invoices"

[connections.harbor.policy]
finish = "release"
closed_period = "next_open"
duplicate_near = "stop"
tax_tolerance = "0.10"
price_tolerance_percent = "2.5"
price_tolerance_amount = "1.00"
non_po_extra = 12.30
shrink_limit_percent = 30
amount_max = "5.00"
total_max = "1000000.00"
two_persons = true
quarantine_seconds = 30
crash_quarantine_seconds = 0.25
blackout = ["Mon-Fri 06:00-06:30", "23:00-24:00"]
freeze_until = 2026-11-05
round_to_tax = "0.01"
subcontract_tolerance = "0.02"
payment_days = 5
send_bank_details = true

[connections.harbor.schedule]
master_data = "30 6 * * MON-FRI"
invoices = "*/5 6-20 * * 1-5"
payments = "0,30 * 1 JAN *"
"""
