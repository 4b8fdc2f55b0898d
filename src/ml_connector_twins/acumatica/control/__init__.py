"""The control interface below ``/twin``: ground truth, switches, faults, and what people do. Not part of the ERP."""
