from django.urls import path

from stakes.views import Restake, StakeList

urlpatterns = [
    path("stakes", StakeList.as_view(), name="stakes"),
    path("restakes", Restake.as_view(), name="restakes"),
]
