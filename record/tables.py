"""Every table of the record, imported in one place so that the schema is whole wherever one of them is used."""

import record.account_models
import record.audit_models
import record.carrier_models
import record.contact_models
import record.identity_models
import record.models
import record.sales_models
import record.staff_models
import record.text_models
import record.verification_models
import record.visit_models
import record.writeback_models  # noqa: F401
