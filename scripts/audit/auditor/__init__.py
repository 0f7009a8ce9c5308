"""An auditor outside the product: acknowledged records against what is stored, under faults."""
