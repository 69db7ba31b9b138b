"""Service appointments: hours, capacity, offers, bookings."""
