"""Delivery beside the requests: the outbox is filled, and what is due is handed over."""

from patron.server.delivery.reading import ReadingBack
from patron.server.delivery.worker import DeliveryWorker

__all__ = ["DeliveryWorker", "ReadingBack"]
