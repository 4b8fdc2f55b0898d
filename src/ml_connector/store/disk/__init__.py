"""The local disk under the store: private folders and files, locks between processes, faults in our own words."""
